import Wire

/// The requests of the present connection that wait for an answer, and the IDs of the next ones.
///
/// An answer is found by its ID and counts once. A request whose answer cannot come any more, since its connection has
/// ended, is forgotten; its ID is not used again.
struct PendingRequests: Hashable, Sendable {
    /// The requests of the client, with what their answers are about.
    enum Kind: Hashable, Sendable {
        /// The first request of a connection, which attaches the session.
        case initialize
        /// Creates the session.
        case newSession
        case ping
        /// Asks for entries of a gap.
        case fill(FillRequest)
        /// Changes a setting of the agent.
        case set(AgentSetting)
        /// Asks about other sessions.
        case sessions(SessionQuestion)
        /// Sends a prompt; the answer comes at the end of its turn.
        case prompt(ClientMessageID)
    }

    private var kinds: [RequestID: Kind] = [:]
    private var nextNumber: Int64 = 1
    private var nextPingNumber: Int64 = 1

    /// The ID that the next request gets, unless it is `initialize` or a ping.
    var nextID: RequestID { .number(nextNumber) }

    /// Whether the server has not answered `session/new` yet.
    var isCreatingSession: Bool { kinds.values.contains(.newSession) }

    /// Whether the list of sessions was asked for and has not come.
    var isListing: Bool { kinds.values.contains(.sessions(.list)) }

    /// Adds a request, which is sent now.
    ///
    /// - Returns: Its ID.
    mutating func add(_ kind: Kind) -> RequestID {
        let id: RequestID
        switch kind {
        // In the upgrade request `initialize` has the ID 0, and so has its repetition.
        case .initialize: id = .number(0)
        case .ping:
            // A number of its own: it comes in between whatever else is asked.
            id = .string("ping-\(nextPingNumber)")
            nextPingNumber += 1
        case .newSession, .fill, .set, .sessions, .prompt:
            id = nextID
            nextNumber += 1
        }
        kinds[id] = kind
        return id
    }

    /// An answer arrived.
    ///
    /// - Returns: The request that it answers; `nil` when none with this ID waits.
    mutating func answered(_ id: RequestID) -> Kind? { kinds.removeValue(forKey: id) }

    /// The request with that ID; `nil` when none waits.
    subscript(_ id: RequestID) -> Kind? { kinds[id] }

    /// The request for entries of a gap; `nil` when none waits.
    var fill: RequestID? { kinds.first { if case .fill = $0.value { true } else { false } }?.key }

    /// A page of the answer arrived, and the rest is to come.
    mutating func continues(_ id: RequestID, with remaining: FillRequest) { kinds[id] = .fill(remaining) }

    /// The connection ended: no answers arrive for what was asked on it.
    mutating func connectionLost() { kinds = [:] }
}
