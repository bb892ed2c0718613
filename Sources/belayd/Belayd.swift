import ArgumentParser
import Platform
import Server
import Wire

/// The command line of `belayd`.
struct Belayd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belayd", abstract: "The session server that belay comes back to.",
        version: "belayd \(Version.current)",
        subcommands: [Serve.self, TokenCommand.self, AgentsCommand.self])
}

/// The entry point: guards a command if that is what the process is for; otherwise secures the descriptors and drops privileges on the first thread, before there is another.
@main
enum Program {
    @MainActor static func main() async {
        // Before all else, since the guard is no server and has nothing to secure.
        GuardedCommand.guardIfAsked()
        StandardDescriptors.secure()
        ProcessSignals.reportFailedWrites()
        Hardening.begin()
        if let place = ProgramText.invalid {
            ProgramEnd.exit("belayd: \(place.description)", code: place.isArgument ? 64 : 78, program: "belayd")
        }
        do {
            let arguments = TokenCommand.terminated(Array(CommandLine.arguments.dropFirst()))
            var command = try Belayd.parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            // ArgumentParser's own `main` neither checks that its help was written, nor removes control characters from
            // the arguments that it quotes.
            ProgramEnd.exit(
                Belayd.fullMessage(for: error).withoutControls, code: Belayd.exitCode(for: error).rawValue,
                program: "belayd")
        }
    }
}
