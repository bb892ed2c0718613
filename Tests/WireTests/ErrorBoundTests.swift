import Testing
import Wire

/// How long the message of an error may be that a server sends.
@Suite struct ErrorBoundTests {
    private static let bound = RPCError.messageBytesMaximum

    @Test(arguments: ["x", "é", "…", "🐟"])
    func aLongMessageIsCutBetweenTwoCharacters(unit: String) {
        let whole = String(repeating: "x", count: Self.bound)
        #expect(RPCError(.internalError, whole).bounded.message == whole)

        let error = RPCError(.invalidParams, String(repeating: unit, count: Self.bound + 1), reason: "quota")
        let bounded = error.bounded
        #expect(bounded.message.utf8.count <= Self.bound)
        #expect(bounded.message.utf8.count > Self.bound - 8)
        #expect(bounded.message.hasSuffix("…"))
        #expect(bounded.message.dropLast().allSatisfy { String($0) == unit })
        #expect((bounded.code, bounded.reason) == (.invalidParams, "quota"))
    }

    /// One character of any length: the bound is on bytes.
    @Test func marksThatCombineAreCutToo() {
        let error = RPCError(.internalError, "e" + String(repeating: "\u{301}", count: 10_000))
        #expect(error.bounded.message.utf8.count <= Self.bound)
    }
}
