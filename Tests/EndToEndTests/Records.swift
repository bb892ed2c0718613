import Foundation
import Journal
import Ledger
import Mirror
import ProgramKit
import Sync
import TestKit
import Testing
import Wire

/// What both sides have of the last chat of a home's shop, read from their files.
struct Records {
    var journal: [Entry]
    var mirror: [Entry]
    var outbox: [ClientMessageID]
    /// Sessions of which the journal says that a turn is not over.
    var unfinished: [SessionID]

    /// Reads the files.
    ///
    /// - Returns: `nil` as long as the chat has no session.
    init?(_ home: Home) throws {
        let state = home.directory.path("state/belay")
        let server = "private"
        let stateStore = try SQLiteStateStore.open(folder: state, now: 1).opened
        guard let chat = try stateStore.lastChat(at: server, directory: home.shop) else { return nil }
        outbox = try stateStore.outbox(of: chat.key).map(\.id)
        guard let session = chat.session else { return nil }
        let store = try SQLiteJournal(folder: state + "/server")
        let page = EntryPage(after: 0, through: .max, limit: .max, bytes: .max)
        journal = try store.entries(of: session, page, by: .never).map { try $0.decoded() }
        // The server's leases are in its own memory.
        unfinished = try store.claimUnfinished(node: "test", limit: .max, ttl: .zero, by: .never).map(\.session)
        mirror = try SQLiteMirror.open(folder: state, now: 1).opened.page(of: session, at: server, limit: 1 << 20)
            .entries
    }

    /// The prompts that wait in the outbox of the last chat.
    static func outbox(of home: Home) throws -> [ClientMessageID] {
        let server = "private"
        let stateStore = try SQLiteStateStore.open(folder: home.directory.path("state/belay"), now: 1).opened
        return try stateStore.lastChat(at: server, directory: home.shop).map {
            try stateStore.outbox(of: $0.key).map(\.id)
        } ?? []
    }

    /// The draft of the last chat; empty without one.
    static func draft(of home: Home) throws -> String {
        let stateStore = try SQLiteStateStore.open(folder: home.directory.path("state/belay"), now: 1).opened
        return try stateStore.lastChat(at: "private", directory: home.shop)?.draft ?? ""
    }

    /// The prompts in the journal, in order.
    var prompts: [ClientMessageID] { journal.compactMap(\.clientMessageID) }

    /// What is not as it has to be when everything is over, one sentence each.
    var problems: [String] {
        var problems: [String] = []
        let (kept, copied) = (Entry.coalesced(journal), Entry.coalesced(mirror))
        if kept != copied {
            let same = zip(kept, copied).prefix { $0 == $1 }.count
            problems.append("mirror (\(copied.count)) and journal (\(kept.count)) differ from entry \(same) on")
        }
        if Set(prompts).count != prompts.count { problems.append("a prompt is there twice") }
        if !outbox.isEmpty { problems.append("\(outbox.count) prompts are left in the outbox") }
        if !unfinished.isEmpty { problems.append("a turn is left running") }
        let seqs = journal.map(\.seq)
        if seqs != Array(1...Seq(max(seqs.count, 1))).prefix(seqs.count).map({ $0 }) {
            problems.append("the journal has a gap")
        }
        let starts = journal.count { if case .event(.turnStart) = $0.body { true } else { false } }
        let ends = journal.count { if case .event(.turnEnd) = $0.body { true } else { false } }
        if starts != ends || starts != prompts.count {
            problems.append("\(prompts.count) prompts, \(starts) beginnings, \(ends) ends")
        }
        return problems
    }

    /// The sessions of this home's server, the one used last first.
    static func sessions(of home: Home) throws -> [SessionRecord] {
        try SQLiteJournal(folder: home.directory.path("state/belay/server"))
            .sessions(of: Principal("local"), directory: nil, offset: 0, limit: 100, by: .never)
    }
}

extension Home {
    /// Waits until everything is over and both sides have the same.
    func expectWhole(prompts: Int, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let isWhole = try await eventually {
            guard let records = try Records(self) else { return false }
            return records.problems.isEmpty && records.prompts.count == prompts
        }
        let records = try Records(self)
        #expect(isWhole, "\(records?.problems ?? []), \(records?.prompts ?? [])", sourceLocation: sourceLocation)
    }
}

extension Home {
    /// Has a question answered in a chat of the private server, whose chats expire after a second from now on, and leaves
    /// the chat until then. No server is left.
    func leaveUntilExpired(_ question: String) async throws {
        let folder = directory.path("config/belay")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try "expire = \"1s\"\n".write(toFile: folder + "/config.toml", atomically: true, encoding: .utf8)
        let outcome = try await batch(question)
        #expect(outcome.status == 0, "\(outcome.errors)")
        // Only the time counts that the server was there, and that has passed since the turn ended.
        let left = ContinuousClock.now
        #expect(await eventually { ContinuousClock.now - left > .milliseconds(1_500) })
        for process in serverProcesses() { kill(process, SIGTERM) }
        #expect(await eventually { self.serverProcesses().isEmpty })
    }
}
