import ArgumentParser
import Client
import FaultProxy
import Glibc
import Platform

/// `belay proxy`: a bad network between a client and a server, at the press of a key.
struct ProxyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belay proxy",
        abstract: "Stand between a client and a server, and pull the plug at the press of a key; see belay(1).")

    @Option(help: "The server: HOST:PORT or unix:PATH.")
    var to: String

    @Option(help: "Where clients connect, HOST:PORT; port 0 is one that is free.")
    var listen = "127.0.0.1:0"

    @Option(help: "A file that says what happens when.")
    var plan: String?

    func run() throws {
        try Failure.report {
            BatchSignals.block()
            guard let upstream = Upstream(to) else {
                throw Failure.exit(.usage, "--to wants HOST:PORT or unix:PATH, and not '\(to)'")
            }
            guard let place = HostPort(parsing: listen), let port = place.port else {
                throw Failure.exit(.usage, "--listen wants HOST:PORT, and not '\(listen)'")
            }
            // The private server takes whoever can open its socket for its user.
            if case .unix = upstream, !HostIdentity(place.host).isLoopback {
                throw Failure.exit(.usage, "a server on a Unix socket is not led outside: --listen 127.0.0.1:\(port)")
            }
            let schedule = try plan.map { try ProxyCommand.schedule($0) } ?? FaultSchedule(parsing: "")
            Task {
                switch await ProxyRun(schedule: schedule).run(upstream, host: place.host, port: port) {
                case .quit: Glibc.exit(BatchExit.ok.rawValue)
                case .signal(let number): BatchSignals.die(of: number)
                case .failed(let error): Glibc.exit(Failure.exit(.unavailable, "\(error)").rawValue)
                }
            }
            while true { pause() }
        }
    }

    private static func schedule(_ path: String) throws -> FaultSchedule {
        do {
            return try FaultSchedule(parsing: try WholeFile.text(path))
        } catch let error as SystemError {
            throw ClientError.input("\(error)")
        } catch {
            throw ClientError.data("\(path): \(error)")
        }
    }
}
