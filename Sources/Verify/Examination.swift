public import NIOCore
import Platform
public import Transport
import Wire

/// The customer's five cases, run against a server as a black box: over the wire, and by nothing but the protocol.
public struct Examination: Sendable {
    /// What is examined, and how.
    public struct Options: Sendable {
        /// The server.
        public var endpoint: Endpoint
        /// Reads the token; called for each connection, so that a new one is used as soon as it is there.
        public var token: @Sendable () async throws -> String?
        /// Whose signatures on certificates are trusted.
        public var authorities: Authorities
        /// Which servers are behind a proxy.
        public var proxies: Proxies
        /// Whether plain text may go to another machine.
        public var allowsPlaintext: Bool
        /// The folder of the sessions, an absolute path at the server.
        public var directory: String
        /// Whether waits are shortened to what the server's limits allow.
        public var isQuick: Bool
        /// Which cases, by their numbers.
        public var cases: Set<Int>
        /// Told what is being done, in lines for a person.
        public var progress: @Sendable (String) -> Void

        /// An examination.
        public init(
            endpoint: Endpoint, token: @escaping @Sendable () async throws -> String?,
            authorities: Authorities = Authorities(), proxies: Proxies = Proxies(), allowsPlaintext: Bool = false,
            directory: String, isQuick: Bool = false,
            cases: Set<Int> = [1, 2, 3, 4, 5],
            progress: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.endpoint = endpoint
            self.token = token
            self.authorities = authorities
            self.proxies = proxies
            self.allowsPlaintext = allowsPlaintext
            self.directory = directory
            self.isQuick = isQuick
            self.cases = cases
            self.progress = progress
        }
    }

    let options: Options
    let loop: any EventLoop

    /// An examination whose connections live on a loop.
    public init(_ options: Options, on loop: any EventLoop) {
        self.options = options
        self.loop = loop
    }

    /// Runs all cases.
    ///
    /// - Returns: What was found; a case that could not be run to its end has a criterion that says so.
    /// - Throws: `DialError` when there is no server to examine, or it does not let this program in; what reading the
    ///   token throws.
    public func run() async throws -> Report {
        let clock = ContinuousClock()
        let (begun, startedAt) = (clock.now, SystemClock.wall)
        let account = account
        let server = try await probe(account)
        let pace = Pace(isQuick: options.isQuick, sessions: server.layer?.sessions)
        if options.isQuick, pace.sessions == nil {
            options.progress("the server does not say how long its sessions wait, so the plan's waits are kept")
        }
        let stand = Stand(
            account: account, loop: loop, pace: pace, process: ServerProcess(at: options.endpoint),
            progress: options.progress)
        let plan: [any PlannedCase] = [
            HistoryCase(), ContextCase(), LocationCase(), CyclesCase(), AbsenceCase(),
        ]
        var cases: [Report.Case] = []
        for (number, planned) in plan.enumerated() where options.cases.contains(number + 1) {
            var examined = Report.Case(number: number + 1, title: planned.title, name: planned.name)
            options.progress("case \(examined.number): \(examined.title)")
            let caseBegun = clock.now
            do { try await planned.run(on: stand, into: &examined) } catch {
                examined.check(
                    "the case can be run to its end", required: "yes", measured: "no", false, detail: "\(error)")
            }
            examined.duration = (clock.now - caseBegun).milliseconds
            cases.append(examined)
        }
        let report = Report(
            server: options.endpoint.description,
            program: server.agent.map { "\($0.name) \($0.version)" } ?? "a server without a name",
            startedAt: startedAt, duration: (clock.now - begun).milliseconds, shortened: pace.shortened, cases: cases)
        if report.isPassed {
            await clean(up: account)
        } else {
            options.progress("the sessions that were made are kept, because not everything holds")
        }
        return report
    }

    /// Deletes the sessions that were made. One that cannot be deleted expires by itself.
    private func clean(up account: Account) async {
        let device = Device(account, on: loop)
        do {
            try await device.connect()
            for session in Set(account.made.sessions) {
                try await device.request(Method.deleteSession, ["sessionId": .string(session.rawValue)])
            }
        } catch {
            options.progress("not all sessions that were made could be deleted: \(error)")
        }
        await device.drop()
    }

    private var account: Account {
        Account(
            endpoint: options.endpoint, token: options.token, authorities: options.authorities,
            proxies: options.proxies,
            allowsPlaintext: options.allowsPlaintext,
            directory: options.directory)
    }

    /// Is there a server, does it let this program in, and what does it say of itself?
    private func probe(_ account: Account) async throws -> InitializeResult {
        let device = Device(account, on: loop)
        try await device.connect()
        guard let server = await device.server else { throw DialError.foreign("the server does not say what it is") }
        await device.drop()
        return server
    }
}

/// What the cases stand on.
struct Stand: Sendable {
    var account: Account
    var loop: any EventLoop
    var pace: Pace
    /// The server's process, if it can be seen from here.
    var process: ServerProcess?
    var progress: @Sendable (String) -> Void

    /// A client with nothing on it.
    func device() -> Device { Device(account, on: loop) }

    /// Waits, and says so when it is long.
    func wait(_ duration: Duration, _ what: String) async throws {
        guard duration > .zero else { return }
        let clock = ContinuousClock()
        let end = clock.now + duration
        if duration >= .seconds(10) { progress("\(what): waiting for \(Figures.duration(duration))") }
        while true {
            let left = end - clock.now
            guard left > .zero else { return }
            try await Task.sleep(for: min(left, .seconds(60)))
            let rest = end - clock.now
            if rest > .seconds(5), duration >= .seconds(60) {
                progress("\(what): \(Figures.duration(.seconds((rest + .milliseconds(500)).components.seconds))) left")
            }
        }
    }
}

/// One case of the plan.
protocol PlannedCase: Sendable {
    var title: String { get }
    /// Its name in the plan.
    var name: String { get }
    func run(on stand: Stand, into report: inout Report.Case) async throws
}
