import ProgramKit
import TestKit
import Testing

/// Where `belayd serve` listens by default: tested in a network of its own, where no port is taken.
@Suite("The default address", .serialized, .enabled(if: Machine.hasNetworks))
struct DefaultAddressTests {
    @Test("without --listen and --socket it is 127.0.0.1:8137")
    func address() async throws {
        let network = try Network()
        let home = try Home()
        let server = try await Server(
            home, ["serve", "--data", home.directory.path("data")], prefix: Network.inside(network.server))
        #expect(server.url == "ws://127.0.0.1:8137")
        withExtendedLifetime(network) {}
    }
}
