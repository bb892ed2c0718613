import Testing
import Wire

@Suite struct AttachTests {
    @Test func messagesComeBack() throws {
        try expectRoundTrip(AttachRequest(session: "s", position: Position(epoch: "e", seq: 0)))
        try expectRoundTrip(AttachRequest(session: "s", position: nil))
        try expectRoundTrip(Corpus.attachResult)
        try expectRoundTrip(
            AttachResult(
                session: "s", epoch: "e", headSeq: 0, mode: .snapshot, afterSeq: 0, tier: .medium, turn: nil,
                expiresAt: nil))
        try expectRoundTrip(AttachOutcome.attached(Corpus.attachResult))
        try expectRoundTrip(AttachOutcome.refused("s", RPCError(.resourceNotFound, "no such session")))
        expectRequired(["sessionId"], of: AttachRequest(session: "s", position: nil))
        expectRequired(["sessionId", "epoch", "headSeq", "mode", "afterSeq"], of: Corpus.attachResult)
    }

    /// Half a cursor is ignored: a number without its epoch identifies no entry.
    @Test func aPositionIsWholeOrNone() throws {
        #expect(try AttachRequest(json: ["sessionId": "s", "afterSeq": 4]).position == nil)
        #expect(try AttachRequest(json: ["sessionId": "s", "epoch": "e"]).position == nil)
        let error = thrownError(RPCError.self) {
            try AttachRequest(json: ["sessionId": "s", "epoch": "e", "afterSeq": 1.5])
        }
        #expect(error == .invalidParams("'afterSeq' is not an integer from 0 to 9007199254740991"))
    }

    @Test func aModeThatIsNotKnownIsASnapshot() throws {
        let json = Corpus.attachResult.json.setting("mode", to: "later").setting("tier", to: "later")
        let result = try AttachResult(json: json)
        #expect(result.mode == .snapshot)
        #expect(result.tier == .medium)
    }

    @Test func anExpiryIsToldByItsErrorAlone() {
        #expect(Corpus.expiry.error.code == .resourceNotFound)
        #expect(Corpus.expiry.error.reason == "expired")
        #expect(Expiry(Corpus.expiry.error) == Corpus.expiry)
        #expect(Expiry(RPCError(.resourceNotFound, "no such session")) == nil)
        var other = Corpus.expiry.error
        other.code = .internalError
        #expect(Expiry(other) == nil)
        let belay = Corpus.expiry.error.data?["belay"] ?? .null
        for field in ["reason", "at", "lastSeq", "successor"] {
            let error = RPCError(.resourceNotFound, "m", data: ["belay": belay.setting(field, to: nil as JSON?)])
            #expect(Expiry(error) == nil, "\(field) is missing")
        }
    }

    /// Every relation of a frame to a cursor at 10.
    @Test(
        arguments: [
            (11, 11, .apply), (11, 20, .apply), (10, 10, .duplicate), (1, 1, .duplicate), (5, 10, .duplicate),
            (12, 12, .gap), (12, 20, .gap), (10, 11, .gap), (5, 20, .gap),
        ] as [(Seq, Seq, Admission)])
    func aFrameIsAppliedDroppedOrAGap(from: Seq, seq: Seq, admission: Admission) {
        #expect(Admission(cursor: 10, from: from, seq: seq) == admission)
    }

    @Test func theFirstFrameFollowsAnEmptyMirror() {
        #expect(Admission(cursor: 0, from: 1, seq: 1) == .apply)
        #expect(Admission(cursor: 0, from: 1, seq: 9) == .apply)
        #expect(Admission(cursor: 0, from: 2, seq: 2) == .gap)
    }
}
