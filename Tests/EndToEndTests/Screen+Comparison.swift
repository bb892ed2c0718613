import ProgramKit
import TestKit
import Testing

extension Screen {
    /// A terminal with a shell that says when it is ready.
    static func shell(_ home: Home, columns: Int = 80, rows: Int = 24) async throws -> Screen {
        let shell = try Screen(
            home, columns: columns, rows: rows, command: "PS1='ready> ' bash --norc --noprofile -i")
        #expect(await shell.shows("ready>"), "\(shell.text)")
        return shell
    }

    /// Checks that it comes to show what another screen shows of the chat: that of a client which has never been away.
    ///
    /// - Parameter part: What is compared.
    func expect<Part: Equatable>(
        _ part: @Sendable (Screen) -> Part, of fresh: Screen, sourceLocation: SourceLocation = #_sourceLocation
    ) async {
        let isSame = await eventually { self.text.contains("● live") && part(self) == part(fresh) }
        #expect(isSame, "\(text)\n--- fresh:\n\(fresh.text)", sourceLocation: sourceLocation)
    }
}
