import ProgramKit
import TestKit
import Testing

extension Screen {
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
