import Wire

/// Whether the private server is to be replaced by one of this program's version, as a state machine.
///
/// ```
///  allowed ◄──greeted──► waiting(version) ──idle──► over
/// ```
///
/// Only the newer program replaces the older one: two that are used in turn would end each other's servers, and an older
/// server may not know a newer journal. It happens once, or two clients could replace each other's servers forever.
struct ServerReplacement: Hashable, Sendable {
    /// The states of the replacement.
    enum State: Hashable, Sendable {
        /// The server may be replaced, and is not known to be older.
        case allowed
        /// The server has this older version; it is replaced when no session is working in it.
        case waiting(String)
        /// The server is not replaced: it is not this user's private one, or it was replaced already.
        case over
    }

    /// What the user should know about a server of another version.
    enum Notice: Hashable, Sendable {
        /// The server is older, of this version, and is replaced when it is idle.
        case older(String)
        /// The server is newer, of this version, and stays.
        case newer(String)
    }

    /// The present state; only the methods below change it.
    private(set) var state: State

    /// - Parameter isAllowed: Whether the server is this user's private one.
    init(isAllowed: Bool) { state = isAllowed ? .allowed : .over }

    /// A server has answered `initialize`.
    ///
    /// - Parameters:
    ///   - version: The server's version; `nil` when it did not say one.
    ///   - ours: The version of this program.
    /// - Returns: What the user should know; `nil` when the versions are the same or cannot be compared.
    mutating func greeted(by version: String?, ours: String) -> Notice? {
        switch state {
        case .over: return nil
        case .allowed, .waiting: state = .allowed
        }
        guard let version, let theirs = ProgramVersion(version), let ours = ProgramVersion(ours), theirs != ours else {
            return nil
        }
        guard theirs < ours else { return .newer(version) }
        state = .waiting(version)
        return .older(version)
    }

    /// The server has said how many sessions are working in it.
    ///
    /// - Parameter working: How many; `nil` when it did not say.
    /// - Returns: The version of the server that is replaced now; `nil` when it stays.
    mutating func next(working: Int64?) -> String? {
        switch state {
        case .waiting(let version) where working == 0:
            state = .over
            return version
        case .allowed, .waiting, .over: return nil
        }
    }
}
