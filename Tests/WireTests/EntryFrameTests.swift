import NIOCore
import TestKit
import Testing
import Wire

@Suite struct EntryFrameTests {
    static let session = SessionID("sess-\"1\"\\")

    /// Frames are spliced from stored bytes; this builds the same frames as a tree.
    static func tree(of entry: Entry, stamp: EncodedEntry.Stamp) -> JSON? {
        let fields = JSON.object(of: [
            "seq": .integer(entry.seq), "ts": .integer(entry.timestamp),
            "from": entry.from == entry.seq ? nil : .integer(entry.from),
            "lastTs": entry.from == entry.seq ? nil : .integer(entry.lastTimestamp),
            "replay": stamp == .replay ? true : nil,
            "clientMessageId": entry.clientMessageID.map { .string($0.rawValue) },
        ])
        let params: JSON
        switch entry.body {
        case .update(let update):
            params = .object(of: [
                "sessionId": .string(session.rawValue), "update": update.json,
                "_meta": stamp == .none ? nil : ["belay": fields],
            ])
            return Message.notification(method: "session/update", params: params).json
        case .event(let event):
            guard stamp != .none else { return nil }
            params = .object(
                [.init("sessionId", .string(session.rawValue))] + (fields.members ?? [])
                    + [.init("kind", .string(event.kind)), .init("data", event.data)])
            return Message.notification(method: "_belay/event", params: params).json
        }
    }

    @Test(arguments: [EncodedEntry.Stamp.none, .live, .replay])
    func splicedBytesAreTheEncodedTree(stamp: EncodedEntry.Stamp) throws {
        let seed = TestSeed.current
        var generator = seed.generator(lane: 4)
        for entry in Entry.coalesced(generator.journal(count: 1_000)) {
            let encoded = EncodedEntry(entry)
            #expect(try encoded.decoded() == entry, "\(entry) \(seed)")
            let frame = encoded.frame(session: Self.session, stamp: stamp)
            #expect(frame.map { String(buffer: $0) } == Self.tree(of: entry, stamp: stamp)?.text, "\(seed)")

            guard let frame, stamp != .none else { continue }
            var decoder = FrameDecoder()
            guard case .notification(let method, let params)? = try decoder.feed(frame, isLast: true) else {
                Issue.record("the frame is no notification: \(String(buffer: frame)) \(seed)")
                continue
            }
            let notice = try #require(try EntryNotice(method: method, params: params))
            #expect(notice.session == Self.session)
            #expect(notice.entry == entry, "\(seed)")
            #expect(notice.isReplay == (stamp == .replay))
        }
    }

    @Test func aFrameDoesNotConsumeTheStoredBytes() {
        let encoded = EncodedEntry(Entry(seq: 1, timestamp: 2, body: .event(.note("n"))))
        let first = encoded.frame(session: "s", stamp: .live)
        #expect(first == encoded.frame(session: "s", stamp: .live))
        #expect(encoded.payload == ByteBuffer(string: #"{"text":"n"}"#))
    }

    @Test(arguments: [
        (Entry.Body.update(.plan([])), "acp.plan", true),
        (.update(.other(["sessionUpdate": "usage_update"])), "acp.usage_update", true),
        (.event(.turnStart("t", prompt: "m")), "turn_start", false),
        (.event(.turnEnd("t", .failed("e"))), "turn_end", false),
        (.event(.memory(key: "k", value: 1)), "memory", false),
        (.event(.note("n")), "note", false), (.event(.other(kind: "agent_moved", data: [:])), "agent_moved", false),
        (.event(.agentExit(AgentExit(code: 1))), "agent_exit", false),
        (.event(.agentRestarted), "agent_restarted", false),
        (.event(.forked(ForkOrigin(session: "s", seq: 1, title: "t", leavesTurnsOut: true))), "forked", false),
        (.event(.agentSession("a")), "agent_session", false),
    ])
    func theKindTellsUpdatesFromEvents(body: Entry.Body, kind: String, isUpdate: Bool) {
        let encoded = EncodedEntry(Entry(seq: 1, timestamp: 1, body: body))
        #expect(encoded.kind == kind)
        #expect(encoded.isUpdate == isUpdate)
    }

    /// An event that called itself by an update's kind would be stored as an update and never be read again.
    @Test func anEventCannotTakeTheKindOfAnUpdate() {
        let error = thrownError(RPCError.self) { try SessionEvent(kind: "acp.plan", data: [:]) }
        #expect(error == .invalidParams("'kind' is the kind of an update"))
    }

    @Test func aDamagedPayloadIsAnErrorThatNamesTheEntry() {
        var encoded = EncodedEntry(Entry(seq: 42, timestamp: 1, body: .update(.plan([]))))
        encoded.payload = ByteBuffer(string: #"{"sessionUpdate":"plan","entries":[}"#)
        let broken = thrownError(RPCError.self) { try encoded.decoded() }
        #expect(broken == .invalidParams("entry 42 is damaged: invalid JSON at byte 35: a byte that cannot stand here"))
        encoded.payload = ByteBuffer(string: "{}")
        let empty = thrownError(RPCError.self) { try encoded.decoded() }
        #expect(empty == .invalidParams("'sessionUpdate' is missing"))
    }
}

@Suite struct EntryNoticeTests {
    static let update: JSON = ["sessionUpdate": "plan", "entries": []]

    @Test func whatIsNoEntryIsNone() throws {
        #expect(try EntryNotice(method: "_belay/caught_up", params: Corpus.caughtUp.json) == nil)
        #expect(try EntryNotice(method: "session/update", params: ["sessionId": "s", "update": Self.update]) == nil)
        let foreign: JSON = ["sessionId": "s", "update": Self.update, "_meta": ["other": [:]]]
        #expect(try EntryNotice(method: "session/update", params: foreign) == nil)
    }

    @Test(
        arguments: [
            ([:], "'seq' is missing"), (["seq": 1], "'ts' is missing"),
            (["seq": "1", "ts": 1], "'seq' is not an integer"),
            (["seq": 0, "ts": 1], "'seq' is not an integer from 1 to 9007199254740991"),
            (["seq": -1, "ts": 1], "'seq' is not an integer from 1 to 9007199254740991"),
            (["seq": 9_007_199_254_740_992, "ts": 1], "'seq' is not an integer from 1 to 9007199254740991"),
            (["seq": 1, "ts": 253_402_300_800_000], "'ts' is not an integer from 0 to 253402300799999"),
            (["seq": 3, "ts": 1, "from": 4], "'from' and 'seq' are not in order"),
            (["seq": 3, "ts": 1, "from": 0], "'from' is not an integer from 1 to 9007199254740991"),
        ] as [(JSON, String)])
    func aBadStampIsNamed(stamp: JSON, message: String) {
        let params: JSON = ["sessionId": "s", "update": Self.update, "_meta": ["belay": stamp]]
        let update = thrownError(RPCError.self) { try EntryNotice(method: "session/update", params: params) }
        #expect(update == .invalidParams(message))
        let fields = stamp.setting("sessionId", to: "s").setting("kind", to: "note").setting("data", to: ["text": "n"])
        let event = thrownError(RPCError.self) { try EntryNotice(method: "_belay/event", params: fields) }
        #expect(event == .invalidParams(message))
    }

    @Test(
        arguments: [
            ("turn_start", [:], "'turnId' is missing"), ("turn_end", [:], "'turnId' is missing"),
            ("memory", ["value": 1], "'key' is missing"), ("note", [:], "'text' is missing"),
            ("agent_session", [:], "'agentSessionId' is missing"),
            ("agent_exit", ["code": "1"], "'code' is not an integer"),
        ] as [(String, JSON, String)])
    func aBadEventIsNamed(kind: String, data: JSON, message: String) {
        #expect(thrownError(RPCError.self) { try SessionEvent(kind: kind, data: data) } == .invalidParams(message))
    }

    @Test func eventsAreReadLeniently() throws {
        #expect(try SessionEvent(kind: "turn_start", data: ["turnId": "t"]) == .turnStart("t", prompt: ""))
        #expect(try SessionEvent(kind: "turn_end", data: ["turnId": "t"]) == .turnEnd("t", .stopped(.endTurn)))
        #expect(
            try SessionEvent(kind: "turn_end", data: ["turnId": "t", "stopReason": "new"])
                == .turnEnd("t", .stopped(.endTurn)))
        #expect(try SessionEvent(kind: "memory", data: ["key": "k", "value": .null]) == .memory(key: "k", value: nil))
        #expect(try SessionEvent(kind: "memory", data: ["key": "k"]) == .memory(key: "k", value: nil))
        #expect(try SessionEvent(kind: "new", data: [1]) == .other(kind: "new", data: [1]))
        #expect(try SessionEvent(kind: "agent_exit", data: [:]) == .agentExit(AgentExit()))
        #expect(try SessionEvent(kind: "agent_restarted", data: [1]) == .agentRestarted)
    }
}
