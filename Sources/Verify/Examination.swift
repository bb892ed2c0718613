public import NIOCore
import Platform
public import Transport
import Wire

/// The five cases of the reconnection test plan, run against a server as a black box, through the protocol only.
public struct Examination: Sendable {
    /// The parameters of an examination.
    public struct Options: Sendable {
        /// The address of the server to examine.
        public var endpoint: Endpoint
        /// Returns the token; called for each connection, so that a renewed token is used.
        public var token: @Sendable () async throws -> String?
        /// The certificate authorities that are trusted.
        public var authorities: Authorities
        /// The proxies, and which servers are behind them.
        public var proxies: Proxies
        /// Whether `ws://` may go to another machine.
        public var allowsPlaintext: Bool
        /// Whether compression is offered.
        public var compression: Compression
        /// The folder of the sessions, an absolute path on the server.
        public var directory: String
        /// Whether waits are shortened to the server's limits (`--quick`).
        public var isQuick: Bool
        /// The numbers of the cases to run, from 1 to 5.
        public var cases: Set<Int>
        /// Called with lines about the progress, for the user.
        public var progress: @Sendable (String) -> Void

        /// Creates the parameters; by default all cases run with the plan's waits.
        public init(
            endpoint: Endpoint, token: @escaping @Sendable () async throws -> String?,
            authorities: Authorities = Authorities(), proxies: Proxies = Proxies(), allowsPlaintext: Bool = false,
            compression: Compression = .auto, directory: String, isQuick: Bool = false,
            cases: Set<Int> = [1, 2, 3, 4, 5],
            progress: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.endpoint = endpoint
            self.token = token
            self.authorities = authorities
            self.proxies = proxies
            self.allowsPlaintext = allowsPlaintext
            self.compression = compression
            self.directory = directory
            self.isQuick = isQuick
            self.cases = cases
            self.progress = progress
        }
    }

    let options: Options
    let loop: any EventLoop

    /// Creates an examination whose connections use this event loop.
    public init(_ options: Options, on loop: any EventLoop) {
        self.options = options
        self.loop = loop
    }

    /// Runs the cases.
    ///
    /// - Returns: The report. A case that could not be completed has a failed criterion with the reason.
    /// - Throws: `DialError` when the server cannot be reached or refuses the connection, and the errors of `token`.
    public func run() async throws -> Report {
        let clock = ContinuousClock()
        let (begun, startedAt) = (clock.now, SystemClock.wall)
        let account = account
        let server = try await probe(account)
        let pace = Pace(isQuick: options.isQuick, sessions: server.layer?.sessions)
        if options.isQuick, pace.sessions == nil {
            options.progress("the server does not announce its session limits, so the waits are not shortened")
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
            program: server.agent.map { "\($0.name) \($0.version)" } ?? "an unnamed server",
            startedAt: startedAt, duration: (clock.now - begun).milliseconds, shortened: pace.shortened, cases: cases)
        if report.isPassed {
            await clean(up: account)
        } else {
            options.progress("the sessions of the examination are kept, because criteria failed")
        }
        return report
    }

    /// Deletes the sessions that were created. One that cannot be deleted will expire.
    private func clean(up account: Account) async {
        let device = Device(account, on: loop)
        do {
            try await device.connect()
            for session in Set(account.made.sessions) {
                try await device.request(Method.deleteSession, ["sessionId": .string(session.rawValue)])
            }
        } catch {
            options.progress("not all sessions of the examination could be deleted: \(error)")
        }
        await device.drop()
    }

    private var account: Account {
        Account(
            endpoint: options.endpoint, token: options.token, authorities: options.authorities,
            proxies: options.proxies,
            allowsPlaintext: options.allowsPlaintext, compression: options.compression,
            directory: options.directory)
    }

    /// Connects once, to learn whether the server can be reached and what it announces.
    private func probe(_ account: Account) async throws -> InitializeResult {
        let device = Device(account, on: loop)
        try await device.connect()
        guard let server = await device.server else { throw DialError.foreign("the server did not answer initialize") }
        await device.drop()
        return server
    }
}

/// What the cases share.
struct Stand: Sendable {
    var account: Account
    var loop: any EventLoop
    var pace: Pace
    /// The server's process; `nil` when it is not visible from here.
    var process: ServerProcess?
    var progress: @Sendable (String) -> Void

    /// Creates a client with an empty copy.
    func device() -> Device { Device(account, on: loop) }

    /// Waits, reporting waits that are long.
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

/// One case of the test plan.
protocol PlannedCase: Sendable {
    var title: String { get }
    /// The name in the test plan.
    var name: String { get }
    func run(on stand: Stand, into report: inout Report.Case) async throws
}
