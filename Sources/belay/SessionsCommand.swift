import ArgumentParser
import Client
import Glibc
import SystemPackage
import Wire

/// `belay sessions`: lists the chats that this machine knows, from its disk alone.
struct SessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belay sessions",
        abstract: "List the chats of this machine, most recent first, without asking a server.")

    @Flag(help: "Print a JSON array of objects, for programs.")
    var json = false

    func run() throws {
        try Failure.report {
            umask(0o077)
            let environment = Folders.environment
            let folders = try Folders(environment: environment)
            let chats = try ChatList.read(folder: folders.state, present: try? Place.currentDirectory()) { sentence in
                Output.line("belay: \(sentence)", to: .standardError)
            }
            let lines = json ? [JSON.array(chats.map { object($0) }).printable] : chats.map { line($0) }
            try Output.verbatim(lines.map { "\($0)\n" }.joined(), to: .standardOutput)
        }
    }

    /// One line: last use, session, server, folder, title, and marks in brackets.
    private func line(_ chat: ChatList.Item) -> String {
        let marks = [
            chat.isBatch ? "batch" : nil, chat.waiting > 0 ? "\(chat.waiting) waiting" : nil,
            chat.hasDraft ? "draft" : nil, chat.isExpired ? "expired" : nil, mark(chat.place),
        ].compactMap(\.self)
        let parts = [
            "\(LocalTime.day(chat.usedAt)) \(LocalTime.text(chat.usedAt))", chat.session?.rawValue ?? chat.key,
            chat.server, chat.directory, chat.title ?? "(nothing asked yet)",
            marks.isEmpty ? nil : "[\(marks.joined(separator: ", "))]",
        ].compactMap(\.self)
        return Printable.line(parts.joined(separator: "  "))
    }

    private func mark(_ place: ChatList.Item.Place) -> String? {
        switch place {
        case .here: nil
        case .moved: "folder moved"
        case .replaced: "folder replaced"
        case .gone: "folder gone"
        }
    }

    private func object(_ chat: ChatList.Item) -> JSON {
        let resume = ResumeCommand(server: chat.server)
        return .object(of: [
            "session": chat.session.map { .string($0.rawValue) } ?? .null, "key": .string(chat.key),
            "server": chat.server.map { .string($0) } ?? .null, "directory": .string(chat.directory),
            "title": chat.title.map { .string($0) } ?? .null, "used_at": .string(ISO8601.text(chat.usedAt)),
            "is_batch": .bool(chat.isBatch), "has_draft": .bool(chat.hasDraft),
            "is_moved": .bool(chat.place == .moved || chat.place == .replaced), "is_gone": .bool(chat.place == .gone),
            "is_expired": .bool(chat.isExpired), "waiting": .integer(Int64(chat.waiting)),
            "resume": resume.text(for: chat.session?.rawValue ?? chat.key).map { .string($0) } ?? .null,
        ])
    }
}
