import Sync
import Wire

/// The keys that choose a block of the transcript while the input is empty, and what they do with it.
extension Model {
    /// - Returns: What is to be done; `nil` when the key means what it always does.
    mutating func select(_ key: Key, now: Instant, wallClock: Timestamp) -> [Command]? {
        if !editor.isEmpty || page != nil { return endSelection() }
        let height = regions.transcript.count
        switch key {
        case .altUp, .altDown:
            let painter = painter(now: now, wallClock: wallClock)
            transcript.moveSelection(up: key == .altUp, height: height, with: painter)
            return []
        case _ where transcript.selectedItem == nil: return nil
        case .enter:
            let painter = painter(now: now, wallClock: wallClock)
            if !transcript.toggleSelected(height: height, with: painter) {
                flash("It is shown as a whole: y copies it.", now: now)
            }
            return []
        case .character("y"): return copySelected(now: now)
        case .escape:
            _ = endSelection()
            return []
        // Keys for what is looked at.
        case .wordLeft, .wordRight, .pageUp, .pageDown, .control("l"), .control("o"), .function: return nil
        default: return endSelection()
        }
    }

    private mutating func endSelection() -> [Command]? {
        transcript.selected = nil
        return nil
    }
}
