import Ledger
import Server
import ServerKit
import TestKit
import Testing
import Wire

/// Whoever does not read is not read from: what it asks for waits at its own end, and not in the server's memory.
@Suite struct SilenceTests {
    enum Flood: CaseIterable {
        case load, history, state, parseErrors, pings, webSocketPings

        /// What is written again and again.
        func frame(_ session: SessionID) -> [UInt8] {
            func request(_ method: String, _ more: [JSON.Member] = []) -> [UInt8] {
                let members = (session.named.members ?? []) + more
                return SilentClient.frame(.request(.number(7), method: method, params: .object(members)))
            }
            let padding = JSON.Member("padding", .string(String(repeating: "x", count: 200)))
            return switch self {
            case .load: request(Method.loadSession, [JSON.Member("cwd", "/usr"), JSON.Member("mcpServers", [])])
            case .history: request(Method.history)
            case .state: request(Method.state)
            case .parseErrors: SilentClient.frame(1, Array("{".utf8))
            case .pings: request(Method.ping, [JSON.Member("t", .string(String(repeating: "x", count: 400))), padding])
            case .webSocketPings: SilentClient.frame(9, Array(repeating: 7, count: 125))
            }
        }
    }

    /// What both ends of a connection keep in the kernel is some mebibytes; a server that goes on to read takes all.
    private static let bytesMaximum = 16 << 20

    @Test(arguments: Flood.allCases) func itIsNotReadFrom(flood: Flood) async throws {
        // A journal whose answers are long, so that the socket is full soon.
        let text = String(repeating: "text ", count: 4_000)
        let agent = FixedAgent { _ in [[.said(text, in: "m"), .event(.memory(key: "k", value: .string(text)))]] }
        try await withServer([agent]) { server in
            let mallory = try await server.client(of: "mallory", as: "m")
            let session = try await mallory.newSession()
            try await mallory.converse(in: session)
            let silent = try SilentClient(to: server.endpoint, token: try server.token(for: "mallory").text)
            let hello = SilentClient.frame(
                .request(.number(1), method: Method.initialize, params: InitializeRequest.of("silent").json))
            _ = try await silent.flood(hello, atMost: hello.count)
            let frames = Array(repeatElement(flood.frame(session), count: 64).joined())
            let taken = try await silent.flood(frames, atMost: Self.bytesMaximum)
            #expect(taken < Self.bytesMaximum)
            // Everybody else is served meanwhile, and so is the same user on a connection that reads.
            try await mallory.request(Method.state, session.named)
            let alice = try await server.client(of: "alice")
            try await alice.converse(in: try await alice.newSession())
            // The kernel closes a connection with unacknowledged bytes after four seconds (TCP_USER_TIMEOUT).
            #expect(await server.daemon.server.counters.connections <= 3)
            withExtendedLifetime(silent) {}
        }
    }
}
