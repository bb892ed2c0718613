import Ledger
import Server
import TestKit
import Testing

/// Configuration files that nobody meant are refused with a sentence, or stay within the bounds of the manual.
@Suite struct OddConfigurationTests {
    static let corpus = [
        "[sessions]\nbrief = \"10s\"\nexpire = \"never\"\narchive = \"30d\"\n",
        "[limits]\nturns_queued = 3\nconnections_per_user = 5\nconnections = 6\nattaching = 7\nsessions_per_user = 8\n",
        "[limits]\nmessage_bytes = 1048576\noutgoing_bytes = 262144\n[server]\nping = \"20s\"\norigins = [\"a\", \"b\"]\n",
        "[limits]\nturns_queued = -9223372036854775808\n", "[server]\nping = 1\n", "a = 1979-05-27T07:32:00Z",
        "a.b.c = 1e308",
        "[[limits]]\nx = { a = [ { b = 'c' } ] }", "\"\\u0000\" = 1", "x = '''",
        "[sessions]\nbrief = \"9223372036854775807d\"",
    ]

    @Test func oddFilesAreRefusedOrWithinBounds() {
        var generator = TestSeed.current.generator(lane: 30)
        var mutator = Mutator(corpus: Self.corpus.map { Array($0.utf8) }, seed: generator.next())
        for _ in 0..<2_000 {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            var read = ServerConfiguration(addresses: [], dataDirectory: "/data")
            do throws(ConfigurationError) { try read.apply(toml: text, file: "belayd.toml") } catch {
                #expect(!error.description.isEmpty)
            }
            #expect((1_024...(64 << 20)).contains(read.messageBytesMaximum), "\(TestSeed.current): \(text)")
            #expect(read.connectionsMaximum >= 1 && read.limits.turnsQueued >= 0, "\(TestSeed.current): \(text)")
            #expect(read.pingInterval >= .seconds(1), "\(TestSeed.current): \(text)")
        }
    }
}
