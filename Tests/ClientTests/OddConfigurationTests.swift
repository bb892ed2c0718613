import Client
import TestKit
import Testing

/// Configuration files that nobody meant are refused with a sentence, or read.
@Suite struct OddConfigurationTests {
    static let corpus = [
        "server = \"work\"\nexpire = \"7d\"\ntheme = \"paper\"\n[ui]\nhints = false\n",
        "[servers.work]\nurl = \"wss://agents.example\"\ntoken_command = \"pass belay\"\ncertificates = \"/etc/own.pem\"\n",
        "[servers.\"\\u0000\"]\nurl = \"unix:/socket\"\n", "server = 9223372036854775807", "[[servers]]\nurl = 1",
        "servers = { a = { url = \"ws://127.0.0.1:1\" } }", "expire = \"99999999999999999999d\"", "ui = 1979-05-27",
    ]

    @Test func oddFilesAreRefusedOrRead() {
        var generator = TestSeed.current.generator(lane: 31)
        var mutator = Mutator(corpus: Self.corpus.map { Array($0.utf8) }, seed: generator.next())
        for _ in 0..<2_000 {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            do throws(ClientError) {
                let configuration = try ClientConfiguration(toml: text, file: "config.toml")
                _ = try configuration.resolve(nil)
            } catch {
                #expect(!error.description.isEmpty, "\(TestSeed.current): \(text)")
            }
        }
    }
}
