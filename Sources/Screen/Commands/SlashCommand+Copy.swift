/// The command that copies.
extension SlashCommand {
    static let copy = SlashCommand("copy", "copy the last code or message in view; also Alt-Y") {
        model, call in .done(model.copy(now: call.now, wallClock: call.wallClock))
    }
}
