import ArgumentParser
import Client
import FaultProxy
import Glibc
import Platform

/// `belay proxy`: simulates a bad network between a client and a server, controlled by keys or a plan file.
struct ProxyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "belay proxy",
        abstract: "Proxy a server and break its connections at the press of a key; see belay(1).")

    @Option(help: "The server: HOST:PORT or unix:PATH.")
    var to: String

    @Option(help: "Where to listen for clients, HOST:PORT; port 0 takes a free one.")
    var listen = "127.0.0.1:0"

    @Option(help: "A plan file: which fault happens when.")
    var plan: String?

    func run() throws {
        try Failure.report {
            BatchSignals.watch()
            guard let upstream = Upstream(to) else {
                throw Failure.exit(.usage, "--to needs HOST:PORT or unix:PATH, not '\(to)'")
            }
            guard let place = HostPort(parsing: listen), let port = place.port else {
                throw Failure.exit(.usage, "--listen needs HOST:PORT, not '\(listen)'")
            }
            // Behind its Unix socket the private server authenticates by user: a proxy that others can reach would
            // bypass that.
            if case .unix = upstream, !HostIdentity(place.host).isLoopback {
                throw Failure.exit(.usage, "a Unix socket is proxied on loopback only: --listen 127.0.0.1:\(port)")
            }
            let schedule = try plan.map { try ProxyCommand.schedule($0) } ?? FaultSchedule(parsing: "")
            Task {
                switch await ProxyRun(schedule: schedule).run(upstream, host: place.host, port: port) {
                case .quit: Glibc.exit(BatchExit.ok.rawValue)
                case .signal(let number): ProcessSignals.die(of: number)
                case .unusable(let error):
                    do { try Failure.report { throw error } } catch {
                        Glibc.exit(ProxyCommand.exitCode(for: error).rawValue)
                    }
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
