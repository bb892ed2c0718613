public import Agents
import Wire

/// What every back end keeps to, whatever it is and wherever it runs. A new one passes all of it before it is used.
public struct AgentConformance: Sendable {
    /// What a back end keeps to.
    public enum Requirement: String, CaseIterable, Sendable {
        /// What it says is the same, in the same order, however slow the disk is.
        case order
        /// Where it waits for the disk it does nothing else, and where it does not it needs none.
        case barrier
        /// A cancel ends the turn wherever it comes, what was said before and meanwhile is kept, nothing is said
        /// afterwards, and the next turn runs.
        case cancel
        /// When the server dies anywhere in a turn, the back end says that it ends, or goes on to the same journal.
        case death
        /// A question is asked again under the same name after a restart.
        case questions
        /// Closing ends a turn that runs, in bounded time, and the host is left alone then.
        case closing
        /// A back end that is faster than its host waits for it.
        case backPressure
        /// What belongs to no turn is said of none.
        case outside
        /// A back end that dies says so, and then nothing more.
        case exit
    }

    /// A requirement that is not kept, in one sentence.
    public struct Broken: Error, CustomStringConvertible {
        /// The sentence.
        public let description: String
    }

    let folder: SessionFolder
    let prompt: String
    let make: @Sendable () throws -> any Agent
    let exiting: (@Sendable () throws -> any Agent)?
    let speak: (@Sendable (any Agent) async throws -> Void)?
    private let opened = OpenedSessions()

    /// The suite for one back end.
    ///
    /// - Parameters:
    ///   - folder: The folder of the sessions.
    ///   - prompt: A prompt whose turn ends by itself, emits at least three times, and says the same each time.
    ///   - make: Makes the back end anew, as a server does that starts.
    ///   - exiting: Makes one that dies in its first turn; `nil` for a back end that cannot.
    ///   - speak: Lets a back end that has a session and no turn say something; `nil` for one that cannot.
    public init(
        folder: SessionFolder, prompt: String, make: @escaping @Sendable () throws -> any Agent,
        exiting: (@Sendable () throws -> any Agent)? = nil,
        speak: (@Sendable (any Agent) async throws -> Void)? = nil
    ) {
        self.folder = folder
        self.prompt = prompt
        self.make = make
        self.exiting = exiting
        self.speak = speak
    }

    /// Checks one requirement.
    ///
    /// - Throws: ``Broken`` when it is not kept.
    public func check(_ requirement: Requirement) async throws {
        do { try await look(at: requirement) } catch {
            await opened.close()
            throw error
        }
        await opened.close()
    }

    private func look(at requirement: Requirement) async throws {
        // What a back end keeps besides the journal, such as an index, is there from the second turn on.
        _ = try await whole()
        let reference = try await whole()
        try require(reference.emissions >= 3, "the turn emits \(reference.emissions) times")
        switch requirement {
        case .order: try await checkOrder(reference)
        case .barrier: try await checkBarrier(reference)
        case .cancel: try await checkCancel(reference)
        case .death: try await checkDeath(reference)
        case .questions: try await checkQuestions(reference)
        case .closing: try await checkClosing(reference)
        case .backPressure: try await checkBackPressure(reference)
        case .outside: try await checkOutside(reference)
        case .exit: try await checkExit(reference)
        }
    }

    /// A whole turn on a host that hinders nothing.
    private func whole() async throws -> TestHost {
        let host = TestHost()
        let session = try await open(host)
        try await end(of: turn(), on: session, host)
        await session.close()
        return host
    }

    // MARK: What the checks are made of

    func turn(_ id: TurnID = "turn", recorded: [Entry] = []) -> Turn {
        Turn(
            id: id, session: "session", folder: folder, prompt: [.text(prompt)],
            state: SessionState(folding: recorded), recorded: recorded)
    }

    func open(_ host: TestHost) async throws -> any AgentSession {
        try await open(make(), host)
    }

    func open(_ agent: any Agent, _ host: TestHost) async throws -> any AgentSession {
        let session = try await agent.open(SessionContext(session: "session", folder: folder), host: host)
        opened.add(session)
        return session
    }

    /// Runs a turn that has to come to its end.
    func end(of turn: Turn, on session: any AgentSession, _ host: TestHost) async throws {
        let reason = try await outcome(of: turn, on: session, host)
        try require(reason == .endTurn, "the turn ends with \(reason)")
    }

    /// Runs a turn. One that is cancelled may say so in either way.
    func outcome(of turn: Turn, on session: any AgentSession, _ host: TestHost) async throws -> StopReason {
        host.begin(turn.id)
        defer { host.begin(nil) }
        do { return try await session.prompt(turn).reason } catch is CancellationError { return .cancelled }
    }

    /// Runs a turn while something else goes on, which says when it may come to its end.
    func run(
        _ turn: Turn, on session: any AgentSession, _ host: TestHost,
        meanwhile: @escaping @Sendable () async throws -> Void
    ) async throws -> StopReason {
        async let reason = outcome(of: turn, on: session, host)
        try await meanwhile()
        return try await reason
    }

    /// The same journal as when nothing hindered it, and nothing that no back end may do.
    func same(_ host: TestHost, _ reference: TestHost, _ place: String) throws {
        try lawful(host, place)
        let (said, wanted) = (host.bodies, reference.bodies)
        let first = zip(said, wanted).first { $0 != $1 }.map { "\($0.0) instead of \($0.1)" }
        try require(said == wanted, "\(place): it says \(said.count) of \(wanted.count) entries; \(first ?? "")")
    }

    func lawful(_ host: TestHost, _ place: String) throws {
        try require(host.violations.isEmpty, "\(place): \(host.violations.first ?? "")")
    }

    func require(_ condition: Bool, _ sentence: @autoclosure () -> String) throws(Broken) {
        if !condition { throw Broken(description: sentence()) }
    }

    /// Lets whatever could happen at once happen.
    func settle() async { for _ in 0..<200 { await Task.yield() } }
}
