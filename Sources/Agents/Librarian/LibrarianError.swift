import GRDB

/// Why the librarian cannot answer; the description is shown to the user.
enum LibrarianError: TurnError, Hashable, CustomStringConvertible {
    case folder(String, reason: String)
    case index(reason: String)
    case resume

    /// The sentence that ends the turn.
    var sentence: String { description }

    var description: String {
        switch self {
        case .folder(let path, let reason): "The folder \(Markdown.code(path)) cannot be read: \(reason)."
        case .index(let reason): "The index of the folder cannot be used: \(reason)."
        case .resume:
            "The turn cannot be resumed: another version of the librarian began it. Please ask again."
        }
    }
}

extension LibrarianError {
    /// Turns errors of the index into a sentence for the user; `CancellationError` passes unchanged.
    static func wrappingIndexErrors<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as CancellationError {
            throw error
        } catch {
            try Task.checkCancellation()
            throw LibrarianError.index(reason: (error as? DatabaseError)?.message ?? "\(error)")
        }
    }
}
