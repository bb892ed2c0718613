import TestKit
import Wire

@testable import Sync

/// A server of one session, as simple as it can be: a journal, the keys it has seen, and at most one connection.
struct ServerModel {
    private(set) var journal: [Entry] = []
    private(set) var epoch: Epoch = "epoch-1"
    private(set) var keys: [ClientMessageID] = []
    private var epochs = 1
    private var isMade = false
    private var waiting: [TurnID] = []
    private var running: TurnID?
    private var asked: [(RequestID, TurnID)] = []
    private(set) var isAttached = false
    private var frames: [ClosedRange<Seq>: Message] = [:]
    /// What is on its way to the client.
    var outgoing: [Message] = []

    private var head: Seq { Seq(journal.count) }
    var isIdle: Bool { running == nil && waiting.isEmpty }

    /// The connection ended: what was on its way is lost.
    mutating func disconnect() {
        (outgoing, asked, isAttached) = ([], [], false)
    }

    /// The journal was restored from a copy: the same entries under another epoch.
    mutating func restore() {
        disconnect()
        epochs += 1
        epoch = Epoch("epoch-\(epochs)")
    }

    /// Reads one message of the client.
    mutating func receive(_ message: Message, _ random: inout TestKit.SplitMix64) throws {
        switch message {
        case .request(let id, let method, let params):
            switch try ClientRequest(method: method, params: params) {
            case .initialize(let request): initialize(id, request, &random)
            case .newSession:
                isMade = true
                outgoing.append(
                    .response(
                        id,
                        result: [
                            "sessionId": .string(Client.session.rawValue),
                            "_meta": ["belay": ["epoch": .string(epoch.rawValue), "headSeq": .integer(head)]],
                        ]))
                replay(behind: 0, &random)
            case .prompt(let prompt): accept(prompt, id, &random)
            case .ping: outgoing.append(.response(id, result: [:]))
            default: throw MirrorModel.Illegal(description: "a client does not ask \(method)")
            }
        case .notification(Method.cancel, _): if let running { end(running, .cancelled) }
        case .notification, .response, .failure: break
        }
    }

    mutating func initialize(_ id: RequestID, _ request: InitializeRequest, _ random: inout TestKit.SplitMix64) {
        guard let resume = request.layer?.resume.first else {
            outgoing.append(Server.greeting(nil))
            return
        }
        let isDelta = resume.position.map { $0.epoch == epoch && (0...head).contains($0.seq) } ?? false
        let after = isDelta ? resume.position?.seq ?? 0 : 0
        outgoing.append(
            Server.greeting(
                attached(isDelta ? .delta : .snapshot, epoch: epoch, after: after, head: head, turn: running)))
        replay(behind: after, &random)
    }

    private mutating func replay(behind seq: Seq, _ random: inout TestKit.SplitMix64) {
        let missed = journal[Int(seq)...]
        let replayed = random.oneIn(2) ? Array(missed) : Entry.coalesced(missed)
        outgoing += replayed.map { frame($0) }
        outgoing.append(Server.fence(head, epoch: epoch))
        isAttached = true
    }

    private mutating func accept(
        _ prompt: ClientRequest.Prompt, _ id: RequestID, _ random: inout TestKit.SplitMix64
    ) {
        guard let key = prompt.clientMessageID else { return }
        let turn = TurnID("turn-\(key)")
        guard !keys.contains(key) else {
            let isOver = turn != running && !waiting.contains(turn)
            return isOver ? outgoing.append(.response(id, result: [:])) : asked.append((id, turn))
        }
        guard !random.oneIn(8) else {
            outgoing.append(
                .failure(id, RPCError(.internalError, "no room", data: ["belay": ["reason": "disk_full"]])))
            return
        }
        keys.append(key)
        asked.append((id, turn))
        append(
            .update(.userMessage(.init(messageID: MessageID("message-\(key)"), content: .text("\(key)?")))), key: key)
        waiting.append(turn)
        startNext()
    }

    private mutating func startNext() {
        guard running == nil, !waiting.isEmpty else { return }
        let turn = waiting.removeFirst()
        running = turn
        append(.event(.turnStart(turn, prompt: "message")))
    }

    /// The agent says a little more, or is done.
    mutating func work(_ random: inout TestKit.SplitMix64) {
        guard let running else { return }
        if random.oneIn(5) {
            end(running, .endTurn)
        } else {
            append(
                .update(.agentMessage(.init(messageID: MessageID("answer-\(running)"), content: .text("\(head) ")))))
        }
    }

    private mutating func end(_ turn: TurnID, _ reason: StopReason) {
        running = nil
        append(.event(.turnEnd(turn, .stopped(reason))))
        for (id, asked) in asked where asked == turn { outgoing.append(.response(id, result: [:])) }
        asked.removeAll { $0.1 == turn }
        startNext()
    }

    private mutating func append(_ body: Entry.Body, key: ClientMessageID? = nil) {
        let entry = Entry(seq: head + 1, timestamp: head, clientMessageID: key, body: body)
        journal.append(entry)
        if isAttached { outgoing.append(frame(entry)) }
    }

    /// Encoded once: what an entry says is decided by the numbers that it covers.
    private mutating func frame(_ entry: Entry) -> Message {
        let range = entry.from...entry.seq
        let frame = frames[range] ?? Server.frame(entry)
        frames[range] = frame
        return frame
    }
}
