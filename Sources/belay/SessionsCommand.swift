import ArgumentParser
import Client
import Glibc
import Screen
import SystemPackage
import Wire

/// `belay sessions`: the chats that this machine knows, from its disk alone.
struct SessionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belay sessions",
        abstract: "List, search, export, rename and delete the chats of this machine, without asking a server.",
        subcommands: [List.self, Search.self, Export.self, Rename.self, Delete.self], defaultSubcommand: List.self)

    /// Runs a part with the client's state folder.
    private static func run(_ body: (Folders) throws -> Void) throws {
        try Failure.report {
            umask(0o077)
            try body(try Folders(environment: Folders.environment))
        }
    }

    /// `belay sessions list`, which is also what `belay sessions` does.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the chats, most recent first.")

        @Flag(help: "Print a JSON array of objects, for programs.")
        var json = false

        func run() throws {
            try SessionsCommand.run { folders in
                let present = try? Place.currentDirectory()
                let chats = try ChatList.read(folder: folders.state, present: present) { sentence in
                    Output.line("belay: \(sentence)", to: .standardError)
                }
                let lines = json ? [JSON.array(chats.map(\.object)).printable] : chats.map(\.line)
                try Output.verbatim(lines.map { "\($0)\n" }.joined(), to: .standardOutput)
            }
        }
    }

    /// `belay sessions search`.
    struct Search: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Search what was said in all chats, newest first; every word must be there.")

        @Flag(help: "Print a JSON array of objects, for programs.")
        var json = false

        @Argument(help: "The words, or beginnings of words.")
        var words: [String]

        func run() throws {
            try SessionsCommand.run { folders in
                let found = try ChatSearch.all(words.joined(separator: " "), folder: folders.state)
                let lines = json ? [JSON.array(found.map(\.object)).printable] : found.map(\.line)
                try Output.verbatim(lines.map { "\($0)\n" }.joined(), to: .standardOutput)
                if found.isEmpty { throw ExitCode(1) }
            }
        }
    }

    /// `belay sessions export`.
    struct Export: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a chat into a new file of the current folder, and print its name.")

        @Option(help: "md, which is Markdown, or json.")
        var format = "md"

        @Argument(help: "The session, its chat's key, or the beginning of either.")
        var session: String

        func run() throws {
            guard let format = ChatExport(rawValue: format) else { throw ValidationError("the format is md or json") }
            try SessionsCommand.run { folders in
                let chat = try ChatStore.named(session, folder: folders.state, now: ClientClock.wall)
                let name = try ExportFile.write(chat, as: format, in: try Place.currentDirectory())
                try Output.verbatim("\(name)\n", to: .standardOutput)
            }
        }
    }

    /// `belay sessions rename`.
    struct Rename: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a chat another title; an empty one is the first prompt again.")

        @Argument(help: "The session, its chat's key, or the beginning of either.")
        var session: String

        @Argument(help: "The title.")
        var title: String

        func run() throws {
            try SessionsCommand.run { folders in
                try ChatStore.named(session, folder: folders.state, now: ClientClock.wall).rename(title)
            }
        }
    }

    /// `belay sessions delete`.
    struct Delete: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Delete a chat from this machine; its server keeps the session until that expires.")

        @Argument(help: "The session, its chat's key, or the beginning of either.")
        var session: String

        func run() throws {
            try SessionsCommand.run { folders in
                try ChatStore.named(session, folder: folders.state, now: ClientClock.wall).forgetAll()
            }
        }
    }
}

extension ChatList.Item {
    /// One line: last use, session, server, folder, title, and marks in brackets.
    fileprivate var line: String {
        let mark: String? =
            switch place {
            case .here: nil
            case .moved: "folder moved"
            case .replaced: "folder replaced"
            case .gone: "folder gone"
            }
        let marks = [
            isBatch ? "batch" : nil, waiting > 0 ? "\(waiting) waiting" : nil, hasDraft ? "draft" : nil,
            isExpired ? "expired" : nil, mark,
        ].compactMap(\.self)
        let parts = [
            "\(LocalTime.day(usedAt)) \(LocalTime.text(usedAt))", session?.rawValue ?? key, server, directory,
            title ?? SessionItem.untitled, marks.isEmpty ? nil : "[\(marks.joined(separator: ", "))]",
        ].compactMap(\.self)
        return Printable.line(parts.joined(separator: "  "))
    }

    fileprivate var object: JSON {
        let resume = ResumeCommand(server: server).text(for: session?.rawValue ?? key)
        return .object(of: [
            "session": session.map { .string($0.rawValue) } ?? .null, "key": .string(key),
            "server": server.map { .string($0) } ?? .null, "directory": .string(directory),
            "title": title.map { .string($0) } ?? .null, "used_at": .string(ISO8601.text(usedAt)),
            "is_batch": .bool(isBatch), "has_draft": .bool(hasDraft),
            "is_moved": .bool(place == .moved || place == .replaced), "is_gone": .bool(place == .gone),
            "is_expired": .bool(isExpired), "waiting": .integer(Int64(waiting)),
            "resume": resume.map { .string($0) } ?? .null,
        ])
    }
}

extension ChatSearch.Found {
    fileprivate var line: String {
        let time = "\(LocalTime.day(timestamp)) \(LocalTime.text(timestamp))"
        return Printable.line("\(time)  \(session)  \(isUsers ? "you" : "agent"): \(text)")
    }

    fileprivate var object: JSON {
        .object(of: [
            "session": .string(session.rawValue), "server": server.map { .string($0) } ?? .null,
            "title": .string(title), "seq": .integer(seq), "time": .string(ISO8601.text(timestamp)),
            "by": isUsers ? "user" : "agent", "text": .string(text),
        ])
    }
}
