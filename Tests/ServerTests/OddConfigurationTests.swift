import Ledger
import Server
import TestKit
import Testing

/// Mutated configuration files are refused with an error, or stay within the bounds of the manual page.
@Suite struct OddConfigurationTests {
    private static let keys = [
        "sessions": ["brief", "expire", "archive", "roots"],
        "limits": [
            "turns_queued", "connections_per_user", "connections", "attaching", "sessions_per_user",
            "sessions_in_memory_per_user", "bytes_per_user", "session_bytes", "turns_per_user", "turns",
            "message_bytes",
            "outgoing_bytes",
        ],
        "server": ["ping", "compression", "origins"], "users.alice": ["roots"], "nonsense": ["key"],
    ]
    private static let values = [
        "0", "-1", "1", "9223372036854775807", "-9223372036854775808", "1e308", "-0.0", "inf", "nan", "true", "\"\"",
        "\"never\"", "\"0\"", "\"9223372036854775807d\"", "\"-5s\"", "\"1s\"", "\"\\u0000\"", "[]", "[1]", "[\"a\"]",
        "[\"/\"]", "{}", "{ a = 1 }", "1979-05-27", "1979-05-27T07:32:00Z",
    ]

    @Test func everyKeyTakesItsRangeOrSaysSo() {
        for (section, keys) in Self.keys {
            for key in keys {
                for value in Self.values { expectBounds("[\(section)]\n\(key) = \(value)\n") }
            }
        }
    }

    @Test(arguments: [
        "a = 1", "[[limits]]\nturns_queued = 1", "limits = 1", "[limits.turns_queued]\nx = 1", "[users]\nalice = 1",
    ])
    func whatIsNoSectionIsRefused(_ text: String) {
        var read = ServerConfiguration(addresses: [], dataDirectory: "/data")
        #expect(throws: ConfigurationError.self) { try read.apply(toml: text, file: "belayd.toml") }
    }

    private func expectBounds(_ text: String) {
        var read = ServerConfiguration(addresses: [], dataDirectory: "/data")
        do throws(ConfigurationError) { try read.apply(toml: text, file: "belayd.toml") } catch {
            return #expect(!error.description.isEmpty)
        }
        #expect((1_024...(64 << 20)).contains(read.messageBytesMaximum), "\(text)")
        #expect((16_384...(1 << 30)).contains(read.outgoingBytesMaximum), "\(text)")
        #expect(read.connectionsMaximum >= 1 && read.connectionsPerPrincipal >= 1, "\(text)")
        #expect(read.turnsPerPrincipal >= 1 && read.turnsMaximum >= 1 && read.limits.turnsQueued >= 0, "\(text)")
        #expect(read.bytesPerPrincipal >= 1 << 20 && read.limits.sessionBytes >= 1 << 20, "\(text)")
        #expect(read.pingInterval >= .seconds(1), "\(text)")
        for span in [read.limits.brief, read.limits.archive, read.limits.expire ?? .zero] {
            #expect(span >= .zero && span <= .seconds(36_525 * 86_400), "\(text)")
        }
    }
}
