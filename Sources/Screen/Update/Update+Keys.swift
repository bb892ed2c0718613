import Sync
import Wire

extension Model {
    /// A second ^C within this time leaves the screen.
    static let leaveWithin = Duration.seconds(1)
    /// How far one key scrolls code to the side, in columns.
    static let codeStep = 8

    mutating func press(_ key: Key, now: Instant, wallClock: Timestamp) -> [Command] {
        if picker != nil, case .focus = key {} else if picker != nil { return pick(key, now: now) }
        if box.isFocused, case .focus = key {} else if box.isFocused { return answer(key, now: now) }
        if case .focus(let gained) = key {
            hasFocus = gained
            // The key that brought the terminal back may be followed by those that were meant for another window.
            if gained { box.guardKeys(from: now) }
            return gained && isLive ? [.askForNews] : []
        }
        if let commands = searchHistory(key) { return commands }
        if let commands = findText(key, now: now) { return commands }
        if case .control("c") = key { return interrupt(now: now) }
        (interruptedAt, flash) = (nil, nil)
        if let commands = goOnFinding(key) { return commands }
        if let commands = complete(key, now: now, wallClock: wallClock) { return commands }
        if read(key) { return [] }
        if let commands = select(key, now: now, wallClock: wallClock) { return commands }
        let before = editor
        let wasKilling = isKilling
        isKilling = false
        var commands: [Command] = []
        switch key {
        case .enter: return submit(now: now, wallClock: wallClock)
        case .up, .altUp, .control("p"): commands = up()
        case .down, .altDown, .control("n"): down()
        case .home, .end, .pageUp, .pageDown: return move(key, now: now, wallClock: wallClock)
        case .escape where isPanelPopup: isPanelToggled = false
        case .escape: return [.cancelTurn]
        case .tab: tab(now: now)
        case .backTab: return nextMode(now: now)
        case .control("d") where editor.isEmpty: return [.quit]
        case .control("f"): return beginFind(isHere: true)
        case .control("g"): return [.editExternally(editor.text)]
        case .control("l"): return [.redraw]
        case .control("o"): toggleFolds(now: now, wallClock: wallClock)
        case .control("r"): return beginSearch()
        case .control("s"): return [.listSessions]
        case .control("t"): togglePanel(now: now, wallClock: wallClock)
        case .control("z"): return [.suspend(draft: editor.text)]
        case .function(1): showHelp()
        case .function(5): return [.reconnect]
        case .alt("a"): return goToNews(now: now)
        case .alt("/"): return goBack(now: now)
        case .alt(let digit) where ("1"..."9").contains(digit): return goTo(digit, now: now)
        case .alt("y"): return copy(now: now, wallClock: wallClock)
        case .character("y") where transcript.scroll != .following && editor.isEmpty:
            return copy(now: now, wallClock: wallClock)
        case .wordLeft where editor.isEmpty: transcript.shiftCode(by: -Model.codeStep)
        case .wordRight where editor.isEmpty: transcript.shiftCode(by: Model.codeStep)
        default: edit(key, after: wasKilling, now: now)
        }
        return commands + saveIfChanged(since: before)
    }

    /// Moves in the text of the input, or changes it.
    ///
    /// - Parameter wasKilling: Whether the key before has deleted a text for ^Y.
    private mutating func edit(_ key: Key, after wasKilling: Bool, now: Instant) {
        switch key {
        case .character(let character): type(String(character), now: now)
        case .paste(let text):
            prompts.stop()
            if !editor.paste(text) { tellThatItIsFull(now: now) }
        case .altEnter, .control("j"): type("\n", now: now)
        case .backspace, .control("h"): editor.deleteBackward()
        case .delete, .control("d"): editor.deleteForward()
        case .control("w"), .alt("\u{7F}"): kill(editor.deleteWordBackward(), isBefore: true, after: wasKilling)
        case .alt("d"): kill(editor.deleteWordForward(), isBefore: false, after: wasKilling)
        case .control("u"): kill(editor.deleteToLineStart(), isBefore: true, after: wasKilling)
        case .control("k"): kill(editor.deleteToLineEnd(), isBefore: false, after: wasKilling)
        case .control("y"): type(killed, now: now)
        case .control("_"): editor.undo()
        case .left, .control("b"): editor.moveLeft()
        case .right: editor.moveRight()
        case .wordLeft, .alt("b"): editor.moveWordLeft()
        case .wordRight, .alt("f"): editor.moveWordRight()
        case .control("a"): editor.moveToLineStart()
        case .control("e"): editor.moveToLineEnd()
        default: break
        }
    }

    /// Keeps what was deleted for ^Y; what is deleted in one go is one text.
    private mutating func kill(_ text: String, isBefore: Bool, after wasKilling: Bool) {
        if text.isEmpty { return }
        let earlier = wasKilling ? killed : ""
        killed = isBefore ? text + earlier : earlier + text
        isKilling = true
    }

    /// Expands the paste at the cursor; otherwise goes to the agent's question, or suggests what to ask.
    private mutating func tab(now: Instant) {
        if editor.expandPaste() { return }
        box.focus(at: now)
        if !box.isFocused { _ = suggest() }
    }

    /// The text as the user's editor left it.
    mutating func edited(_ text: String) -> [Command] {
        let before = editor
        prompts.stop()
        // Editors end the last line with a newline, which nobody typed.
        let text = text.hasSuffix("\n") ? String(text.dropLast()) : text
        if text != editor.text { editor.replace(with: text) }
        return saveIfChanged(since: before) + refreshCompletion()
    }

    /// A prompt is back from the outbox; what was typed meanwhile stays behind it.
    mutating func takeBack(_ text: String) -> [Command] {
        let before = editor
        prompts.stop()
        editor.replace(with: editor.isEmpty ? text : text + "\n" + editor.text)
        return saveIfChanged(since: before)
    }

    /// Saves the draft whenever the text has changed.
    func saveIfChanged(since before: Editor) -> [Command] {
        // Comparing the lengths first keeps moving through a long text cheap.
        editor.bytes != before.bytes || editor.lines != before.lines ? [.saveDraft(editor.text)] : []
    }

    private mutating func type(_ text: String, now: Instant) {
        prompts.stop()
        if !editor.insert(text) { tellThatItIsFull(now: now) }
    }

    private mutating func tellThatItIsFull(now: Instant) {
        flash("The input holds at most 1 MiB: the rest was left out.", now: now)
    }

    private mutating func interrupt(now: Instant) -> [Command] {
        if let last = interruptedAt, now - last <= Model.leaveWithin { return [.quit] }
        interruptedAt = now
        flash("Press ^C again to leave. The session goes on at the server.", now: now, for: Model.leaveWithin)
        prompts.stop()
        if editor.isEmpty { return [] }
        editor.replace(with: "")
        return [.saveDraft("")]
    }

    // MARK: Up and down

    /// Moves to the line above; from the first line, recalls an earlier prompt. One that was not sent yet, or refused,
    /// comes first: it can still be changed.
    private mutating func up() -> [Command] {
        if editor.moveUp() { return [] }
        if editor.isEmpty, let item = outbox.returnable { return [.takeBack(item.id)] }
        if let prompt = prompts.previous(current: editor.text) { editor.replace(with: prompt) }
        return []
    }

    private mutating func down() {
        if editor.moveDown() { return }
        if let prompt = prompts.next() { editor.replace(with: prompt) }
    }

    // MARK: Through the history

    /// Opens or folds all tool calls and thoughts, and keeps what is being read in its place.
    private mutating func toggleFolds(now: Instant, wallClock: Timestamp) {
        let before = painter(now: now, wallClock: wallClock)
        transcript.toggleAll()
        transcript.rewrap(from: before, to: painter(now: now, wallClock: wallClock))
    }

    /// Home and End move in the input, unless it is empty or the view is scrolled up.
    private mutating func move(_ key: Key, now: Instant, wallClock: Timestamp) -> [Command] {
        let height = regions.transcript.count
        let page = max(1, height - 2)
        let painter = painter(now: now, wallClock: wallClock)
        let isReading = transcript.scroll != .following
        switch key {
        case .pageUp: transcript.scroll(by: -page, height: height, with: painter)
        case .pageDown: transcript.scroll(by: page, height: height, with: painter)
        case .home where editor.isEmpty || isReading:
            let first = transcript.jumpToBeginning()
            transcript.scrollToTop()
            return first.map { [.loadNewer(after: $0)] } ?? []
        case .end where editor.isEmpty || isReading:
            return showPresent()
        case .home: editor.moveToLineStart()
        default: editor.moveToLineEnd()
        }
        return []
    }
}
