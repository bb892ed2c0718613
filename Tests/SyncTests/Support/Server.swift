import Wire

@testable import Sync

/// What a server of the layer says, as a client reads it off the wire.
enum Server {
    static func greeting(_ resumed: AttachResult?) -> Message { greeting(resumed.map { [.attached($0)] } ?? []) }

    static func greeting(_ resumed: [AttachOutcome], messageBytes: Int64? = nil) -> Message {
        let result = InitializeResult(
            agent: nil,
            layer: .init(
                pingInterval: 20_000, pingTimeout: 3_000, resumed: resumed, messageBytesMaximum: messageBytes))
        return .response(.number(0), result: result.json)
    }

    static func created(_ id: Int64 = 1, head: Seq = 0) -> Message {
        .response(
            .number(id),
            result: [
                "sessionId": .string(Client.session.rawValue),
                "_meta": ["belay": ["epoch": .string(Client.epoch.rawValue), "headSeq": .integer(head)]],
            ])
    }

    static func fence(
        _ seq: Seq, epoch: Epoch = Client.epoch, session: SessionID = Client.session, events: Int64 = 0,
        bytes: Int64 = 0
    ) -> Message {
        let fence = CaughtUp(
            session: session, position: Position(epoch: epoch, seq: seq), events: events, bytes: bytes)
        return .notification(method: Method.caughtUp, params: fence.json)
    }

    static func resync(_ epoch: Epoch) -> Message {
        .notification(
            method: Method.resync,
            params: ["sessionId": .string(Client.session.rawValue), "epoch": .string(epoch.rawValue), "reason": "lag"])
    }

    /// An entry's frame, through its bytes.
    static func frame(_ entry: Entry, session: SessionID = Client.session, isReplay: Bool = false) -> Message {
        let frame = EncodedEntry(entry).frame(session: session, stamp: isReplay ? .replay : .live)
        do {
            return try Message(json: JSON(parsing: frame ?? JSON.null.encoded))
        } catch {
            preconditionFailure("a frame of ours is no message: \(error)")
        }
    }

    static func error(
        _ id: Int64, _ reason: String, _ message: String = "no", code: RPCError.Code = .internalError
    ) -> Message { .failure(.number(id), RPCError(code, message, reason: reason)) }
}

/// A piece of the agent's answer.
func chunk(_ seq: Seq, from: Seq? = nil, _ text: String = "text") -> Entry {
    Entry(
        from: from, seq: seq, timestamp: seq, body: .update(.agentMessage(.init(messageID: "m", content: .text(text)))))
}

/// The entry that a prompt became.
func echo(_ seq: Seq, of id: ClientMessageID) -> Entry {
    Entry(
        seq: seq, timestamp: seq, clientMessageID: id,
        body: .update(.userMessage(.init(messageID: "u", content: .text("\(id)?")))))
}

/// An entry that ACP has no frame for.
func event(_ seq: Seq, _ event: SessionEvent) -> Entry { Entry(seq: seq, timestamp: seq, body: .event(event)) }

/// A prompt as it goes out.
func prompt(_ id: Int64, _ key: ClientMessageID, generation: Int = 1, session: SessionID = Client.session) -> SyncEffect
{
    let prompt = ClientRequest.Prompt(session: session, content: [.text("\(key)?")], clientMessageID: key)
    return .send(generation: generation, .request(.number(id), method: Method.prompt, params: prompt.json))
}
