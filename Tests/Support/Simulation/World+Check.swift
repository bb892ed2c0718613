import Ledger
import Sync
import Wire

/// What has to hold.
extension World {
    /// What a mirror is given is what the server's disk has, or had before it was restored: number for number, byte for
    /// byte, with the times that were given once.
    func checkTrue(_ changes: [MirrorChange]) throws(Violation) {
        for change in changes {
            switch change {
            case .append(let session, _, let entries), .stage(let session, _, let entries),
                .fill(let session, _, let entries):
                for entry in entries { try checkTrue(entry, of: session) }
            case .adopt, .skip, .beginSnapshot, .swap: break
            }
        }
    }

    private func checkTrue(_ entry: Entry, of session: SessionID) throws(Violation) {
        if isTrue(entry, in: disk.sessions[session]?.decoded ?? []) { return }
        for branch in disk.lostBranches[session] ?? [] where isTrue(entry, in: branch) { return }
        throw Violation("a mirror is given entry \(entry.from)…\(entry.seq), which no journal has like that")
    }

    /// What was shown of a message is its text, from where it began to be shown: nothing twice, nothing left out.
    func checkShown(
        _ shown: Consumer.Shown, of message: MessageID, in session: SessionID, by client: Client
    ) throws(Violation) {
        let journals = [disk.sessions[session]?.decoded ?? []] + (disk.lostBranches[session] ?? [])
        let texts = journals.map { journal in
            journal.prefix(Int(shown.last)).dropFirst(Int(shown.first - 1)).reduce(into: "") { text, entry in
                guard case .update(.agentMessage(let chunk)) = entry.body, chunk.messageID == message else { return }
                text += chunk.content.text ?? ""
            }
        }
        try require(
            texts.contains(shown.text),
            "client \(client.number) shows \(shown.text.utf8.count) bytes of \(message), which has"
                + " \(texts.map(\.utf8.count)) in \(shown.first)…\(shown.last)")
    }

    /// Sessions that nobody came back to are gone from the disk; the one that everybody is in is not.
    func checkRetention() throws(Violation) {
        let sessions = disk.sessions.keys.sorted()
        try require(
            sessions == Set(clients.compactMap(\.disk.session)).sorted(), "\(sessions) are kept, and nobody is in some")
    }

    private func isTrue(_ entry: Entry, in branch: [Entry]) -> Bool {
        guard Int(entry.seq) <= branch.count else { return false }
        if entry.from == entry.seq { return branch[Int(entry.seq - 1)] == entry }
        return Entry.coalesced(branch[Int(entry.from - 1)..<Int(entry.seq)]) == [entry]
    }

    /// Everybody is caught up: the mirrors are the journal, everything that users sent is in it once, and both sides
    /// come to the same state.
    func checkEnd() throws(Violation) {
        for session in Set(clients.compactMap(\.disk.session)).sorted() { try checkEnd(of: session) }
        // A session that expired has its part of what was sent, and its successor the rest.
        let journals = disk.sessions.values.map(\.decoded)
        try checkPrompts(journals.flatMap(\.self))
        for journal in journals {
            try checkSteps(journal)
            try checkTexts(journal)
        }
        try require(
            disk.sessions.values.allSatisfy { $0.prompts.allSatisfy { $0.end != nil } },
            "a prompt waits in a session that nobody goes on with")
        for process in servers.compactMap(\.process) {
            try require(
                process.waiting.isEmpty && process.emitted.isEmpty,
                "\(process.waiting.count + process.emitted.count) agents wait that are no more")
            try require(process.registry.pinCount == 0, "\(process.registry.pinCount) pins are never given back")
            try require(
                process.registry.watcherCount == process.peers.values.reduce(0) { $0 + $1.watches.count },
                "the registry counts \(process.registry.watcherCount) that watch")
            try require(
                process.admission.attaching == 0 && process.admission.waitingCount == 0,
                "\(process.admission.attaching) places are never given back")
        }
        for client in clients {
            let lines = client.openLines.map { line in
                "\(line.generation)\(line.isDead ? " dead" : "")"
                    + (client.engine?.value.isDialing(line.generation) ?? false ? " dialing" : "")
            }
            try require(lines.count == 1, "client \(client.number) has the connections \(lines)")
        }
    }

    /// The mirrors of a session are its journal.
    private func checkEnd(of session: SessionID) throws(Violation) {
        guard let stored = disk.sessions[session], let ledger = server.process?.registry[session]?.ledger else {
            throw Violation("there is no session in the end")
        }
        let journal = stored.decoded
        for (index, entry) in journal.enumerated() {
            try require(entry.seq == Seq(index + 1), "the journal has \(entry.seq) in the place of \(index + 1)")
        }
        let state = SessionState(folding: journal)
        try require(ledger.state == state, "the ledger's state is not the fold of its journal")
        try require(state.runningTurn == nil && state.requests.isEmpty, "something is left open: \(state.requests)")
        let merged = Entry.coalesced(journal)
        let present = clients.filter { $0.disk.session == session }
        for client in present {
            guard let copy = client.disk.mirror.shown[session] else { throw Violation("a client holds nothing") }
            try require(copy.gaps.isEmpty, "client \(client.number) lacks \(copy.gaps)")
            try require(
                copy.epoch == stored.record.epoch, "client \(client.number) is in epoch \(copy.epoch)")
            let held = Entry.coalesced(copy.entries)
            let difference = zip(held, merged).first { $0 != $1 }.map { "\($0.0.from): \($0.0) instead of \($0.1)" }
            try require(
                held == merged,
                "client \(client.number) holds \(held.count) of \(merged.count) entries; \(difference ?? "-")")
            try require(copy.state == state, "client \(client.number) folds to another state")
        }
        try require(
            ledger.subscriberCount == present.count,
            "\(ledger.subscriberCount) connections watch, and there are \(present.count) clients")
    }

    /// Each prompt is in the journal once, however often it was sent. One that a restore took from the disk may be
    /// gone.
    private func checkPrompts(_ journal: [Entry]) throws(Violation) {
        var seen: [ClientMessageID: Int] = [:]
        for entry in journal {
            if let id = entry.clientMessageID { seen[id, default: 0] += 1 }
        }
        for id in sent {
            let count = seen.removeValue(forKey: id) ?? 0
            try require(
                count == 1
                    || (count == 0 && (disk.lostPrompts.contains(id) || takenBack.contains(id))),
                "prompt \(id) is in the journal \(count) times")
        }
        try require(seen.isEmpty, "the journal has prompts that nobody sent: \(seen.keys)")
    }

    /// Each message is what its agent said in it: all of it when the turn came to its end, else its beginning.
    private func checkTexts(_ journal: [Entry]) throws(Violation) {
        var texts: [MessageID: String] = [:]
        var ends: [TurnID: TurnOutcome] = [:]
        for entry in journal {
            if let (message, text) = entry.body.said { texts[message, default: ""] += text }
            if case .event(.turnEnd(let turn, let outcome)) = entry.body { ends[turn] = outcome }
        }
        for (turn, outcome) in ends {
            for (message, expected) in AgentRun.texts(of: turn, streams: streams) {
                let said = texts.removeValue(forKey: message) ?? ""
                try require(
                    expected.hasPrefix(said) && (outcome != .stopped(.endTurn) || said == expected),
                    "\(message) has \(said.utf8.count) bytes, of which not all are of the \(expected.utf8.count) that"
                        + " were said in it")
            }
        }
        try require(texts.isEmpty, "nobody said what is in \(texts.keys.sorted())")
    }

    /// No step of any agent is there twice, and no question is answered twice.
    private func checkSteps(_ journal: [Entry]) throws(Violation) {
        var notes: Set<String> = []
        var answered: Set<RequestKey> = []
        var turns: [TurnID: Int] = [:]
        for entry in journal {
            switch entry.body {
            case .event(.note(let text)):
                try require(notes.insert(text).inserted, "step \(text) was done twice")
            case .event(.requestResolved(let resolution)):
                try require(
                    answered.insert(resolution.key).inserted,
                    "question \(resolution.key) was answered twice")
            case .event(.turnStart(let turn, _)): turns[turn, default: 0] += 1
            case .event(.turnEnd(let turn, _)): turns[turn, default: 0] -= 1
            case .event, .update: break
            }
        }
        // A turn that was cancelled before it began has only an end.
        let open = turns.filter { $0.value > 0 }
        try require(open.isEmpty, "turns without an end: \(open.keys)")
    }
}
