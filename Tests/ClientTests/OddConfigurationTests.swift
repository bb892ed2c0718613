import Client
import TestKit
import Testing

/// Mutated configuration files are refused with an error, or read.
@Suite struct OddConfigurationTests {
    private static let values = [
        "0", "-1", "9223372036854775807", "1e308", "inf", "nan", "true", "\"\"", "\"never\"",
        "\"99999999999999999999d\"",
        "\"\\u0000\"", "\"unix:/socket\"", "\"ws://127.0.0.1:1\"", "\"ws://127.0.0.1:99999999999\"", "\"wss://[::1\"",
        "[]", "{}", "1979-05-27",
    ]
    private static let keys = [
        "server", "expire", "theme", "ui", "ui.hints", "servers", "servers.work", "servers.work.url",
        "servers.work.token_command", "servers.work.certificates", "servers.work.insecure", "servers.work.directory",
        "servers.work.compression",
        "servers.work.token", "servers.\"\\u0000\".url", "nonsense",
    ]

    @Test func everyKeyIsReadOrRefused() {
        for key in Self.keys {
            for value in Self.values {
                let text = "\(key) = \(value)\n"
                do throws(ClientError) {
                    let configuration = try ClientConfiguration(toml: text, file: "config.toml")
                    _ = try configuration.resolve(nil)
                } catch {
                    #expect(!error.description.isEmpty, "\(text)")
                }
            }
        }
    }
}
