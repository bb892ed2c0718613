import Agents
import Glibc
import Wire

/// The host of an agent with a journal in a file, one line an entry, for a process that is killed.
struct FileJournal: AgentHost {
    private let descriptor: Int32

    init(_ path: String) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw TestFolderError(what: "open", code: errno) }
    }

    func emit(_ entries: [Entry.Body], in turn: TurnID?) throws {
        var text = ""
        for body in entries {
            switch body {
            case .update(let update): text += "update \(update.json.text)\n"
            case .event(let event): text += "\(event.kind) \(event.data.text)\n"
            }
        }
        let bytes = Array(text.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            throw TestFolderError(what: "write", code: errno)
        }
    }

    func flush() {}

    func ask(_ name: String, in turn: TurnID, method: String, params: JSON) throws -> JSON {
        throw TestFolderError(what: "ask", code: ENOTSUP)
    }

    var isAttended: Bool { true }
    func withdraw(_ name: String, in turn: TurnID) {}

    func remember(_ session: AgentSessionID) throws { throw TestFolderError(what: "remember", code: ENOTSUP) }

    func exited(_ exit: AgentExit) {}

    static func entries(_ path: String) throws -> [Entry] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw TestFolderError(what: "open", code: errno) }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        bytes.removeLast(bytes.count - max(0, read(file, &bytes, bytes.count)))
        return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").enumerated().map { index, line in
            let sides = line.split(separator: " ", maxSplits: 1)
            let json = try JSON(parsing: String(sides[1]))
            let body: Entry.Body =
                sides[0] == "update"
                ? .update(try SessionUpdate(json: json)) : .event(try SessionEvent(kind: String(sides[0]), data: json))
            return Entry(seq: Seq(index + 1), timestamp: 0, body: body)
        }
    }
}
