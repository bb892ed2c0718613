import Glibc
import Wire

/// The files of a session for an agent that reads and writes them through its client (ACP, File System), confined to the
/// session's folder.
struct ACPFiles: Sendable {
    /// The largest file that is read or written, in bytes.
    static let bytesMaximum = 8 << 20

    let session: SessionFolder

    init(_ session: SessionFolder) { self.session = session }

    /// `fs/read_text_file`: a file, or some of its lines.
    func read(_ params: JSON) throws(RPCError) -> JSON {
        let path = try relative(params)
        let line = try params.optional("line", in: .count)
        let limit = try params.optional("limit", in: .count)
        switch try folder().contents(of: path, bytesMaximum: Self.bytesMaximum) {
        case .text(let text, _): return ["content": .string(Self.lines(of: text, from: line, limit: limit))]
        case .skipped(let reason, _): throw refusal(path, "cannot be used: \(reason.rawValue)")
        case .gone: throw RPCError(.resourceNotFound, "there is no file '\(path.withoutControls)'")
        }
    }

    /// `fs/write_text_file`: replaces a file, or makes it with the folders that it needs.
    func write(_ params: JSON) throws(RPCError) -> JSON {
        let path = try relative(params)
        let content = try params.requiredString("content")
        guard content.utf8.count <= Self.bytesMaximum else {
            throw .invalidParams("'content' is longer than \(Self.bytesMaximum >> 20) MiB")
        }
        let folder = try folder()
        do throws(SystemError) { try folder.replace(path, with: Array(content.utf8)) } catch {
            throw refusal(path, error.description)
        }
        return [:]
    }

    private func folder() throws(RPCError) -> Folder {
        do throws(SystemError) { return try Folder(session) } catch {
            throw RPCError(.internalError, "the session's folder cannot be opened: \(error)")
        }
    }

    private func refusal(_ path: String, _ reason: String) -> RPCError {
        RPCError(.internalError, "'\(path.withoutControls)': \(reason)")
    }

    /// The parameters as a client is given them, whose session has the folder by the path that it named.
    ///
    /// - Throws: ``RPCError`` for a path that is not below the folder.
    func asSeenByClients(_ params: JSON) throws(RPCError) -> JSON {
        let below = try relative(params)
        guard !below.utf8.split(separator: UInt8(ascii: "/")).contains(where: { $0.elementsEqual("..".utf8) }) else {
            throw .invalidParams("'path' leads upwards")
        }
        return .object(
            (params.members ?? []).map { member in
                member.key == "path" ? JSON.Member("path", .string(session.path(to: below))) : member
            })
    }

    /// The path below the session's folder, which an agent names by the path that it was given or by what that leads to.
    private func relative(_ params: JSON) throws(RPCError) -> String {
        let path = try params.requiredString("path")
        guard let below = session.below(path) else {
            throw RPCError(
                .invalidParams,
                "'\(path.withoutControls)' is not in the session's folder, \(session.path.withoutControls)")
        }
        return String(below)
    }

    /// The lines from a number on (from 1), at most so many, with their ends.
    static func lines(of text: String, from first: Int64?, limit: Int64?) -> String {
        guard first ?? 1 > 1 || limit != nil else { return text }
        let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
        let start = min(Int(clamping: max(1, first ?? 1) - 1), lines.count)
        let end = min(lines.count, start + Int(clamping: min(limit ?? .max, Int64(lines.count))))
        guard start < end else { return "" }
        let from = lines[start].startIndex
        // The end of the last line belongs to it, unless it is the last of the file.
        let to = end < lines.count ? text.utf8.index(after: lines[end - 1].endIndex) : lines[end - 1].endIndex
        return String(text[from..<to])
    }
}
