import TestKit
import Testing

@testable import Transport

/// What `Sec-WebSocket-Extensions` says, and what is agreed on (RFC 6455 §9, RFC 7692 §7.1).
@Suite struct ExtensionTests {
    private static func deflate(_ parameters: (String, String?)...) -> WebSocketExtension {
        WebSocketExtension(
            name: "permessage-deflate", parameters: parameters.map { .init(name: $0.0, value: $0.1) })
    }

    static let lists: [(fields: [String], list: [WebSocketExtension]?)] = [
        ([], []),
        ([""], []),
        ([" , ,\t"], []),
        (["permessage-deflate"], [deflate()]),
        (["permessage-deflate; a; b=1;c=\"2\""], [deflate(("a", nil), ("b", "1"), ("c", "2"))]),
        ([" permessage-deflate ;\ta = 1 , x "], [deflate(("a", "1")), WebSocketExtension(name: "x")]),
        (["x,permessage-deflate", "y"], [.init(name: "x"), deflate(), .init(name: "y")]),
        ([",x,,y,"], [.init(name: "x"), .init(name: "y")]),
        (["permessage-deflate; a=\"\\1\\0\""], [deflate(("a", "10"))]),
        (["permessage-deflate; a; a"], [deflate(("a", nil), ("a", nil))]),
        (["!#$%&'*+-.^_`|~09azAZ"], [.init(name: "!#$%&'*+-.^_`|~09azAZ")]),
        ([";"], nil),
        (["x;"], nil),
        (["x; ,y"], nil),
        (["x y"], nil),
        (["x; a="], nil),
        (["x; a=;b"], nil),
        (["x; =1"], nil),
        (["x; a=1 2"], nil),
        (["x; a=\"1"], nil),
        (["x; a=\"\""], nil),
        (["x; a=\"1,2\""], nil),
        (["x; a=\"1 \""], nil),
        (["x; a=\"1\\"], nil),
        (["x; a=\"1\"2"], nil),
        (["x=1"], nil),
        (["\"x\""], nil),
        (["ä"], nil),
        (["x", "y;"], nil),
    ]

    @Test(arguments: lists.indices)
    func theHeaderIsReadOrMalformed(_ index: Int) {
        let (fields, list) = Self.lists[index]
        #expect((try? WebSocketExtension.list(fields)) == list, "\(fields)")
    }

    /// Offers, and the server's answer; `nil` where all are declined.
    static let offers: [(offer: String, answer: String?)] = [
        ("", nil),
        ("permessage-bzip2", nil),
        ("Permessage-Deflate", nil),
        ("permessage-deflate", "permessage-deflate; client_no_context_takeover"),
        (
            "permessage-deflate; client_no_context_takeover", "permessage-deflate; client_no_context_takeover"
        ),
        (
            "permessage-deflate; client_max_window_bits", "permessage-deflate; client_no_context_takeover"
        ),
        (
            "permessage-deflate; client_max_window_bits=8", "permessage-deflate; client_no_context_takeover"
        ),
        (
            "permessage-deflate; server_no_context_takeover; client_max_window_bits=\"15\"",
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover"
        ),
        (
            "permessage-deflate; server_max_window_bits=15",
            "permessage-deflate; client_no_context_takeover; server_max_window_bits=13"
        ),
        (
            "permessage-deflate; server_max_window_bits=9; server_no_context_takeover",
            "permessage-deflate; client_no_context_takeover; server_no_context_takeover; server_max_window_bits=9"
        ),
        // zlib has no compressor with a window of 256 bytes for raw streams.
        ("permessage-deflate; server_max_window_bits=8", nil),
        (
            "permessage-deflate; server_max_window_bits=8, permessage-deflate",
            "permessage-deflate; client_no_context_takeover"
        ),
        (
            "x-webkit-deflate-frame, permessage-deflate; server_max_window_bits=10, permessage-deflate",
            "permessage-deflate; client_no_context_takeover; server_max_window_bits=10"
        ),
        ("permessage-deflate; server_max_window_bits", nil),
        ("permessage-deflate; server_max_window_bits=7", nil),
        ("permessage-deflate; server_max_window_bits=16", nil),
        ("permessage-deflate; server_max_window_bits=09", nil),
        ("permessage-deflate; server_max_window_bits=+9", nil),
        ("permessage-deflate; server_max_window_bits=x", nil),
        ("permessage-deflate; client_max_window_bits=16", nil),
        ("permessage-deflate; client_max_window_bits=08", nil),
        ("permessage-deflate; server_no_context_takeover=1", nil),
        ("permessage-deflate; client_no_context_takeover=true", nil),
        ("permessage-deflate; unknown", nil),
        ("permessage-deflate; server_no_context_takeover; server_no_context_takeover", nil),
        ("permessage-deflate; client_max_window_bits; client_max_window_bits=9", nil),
        ("permessage-deflate; Server_No_Context_Takeover", nil),
    ]

    @Test(arguments: offers.indices)
    func theFirstOfferThatCanBeAcceptedIs(_ index: Int) throws {
        let (offer, answer) = Self.offers[index]
        let accepted = DeflateParameters.accepting(try WebSocketExtension.list([offer]))
        #expect(accepted?.answer == answer, "\(offer)")
        guard let answer else { return }
        // A client that had offered this understands the answer the same.
        #expect(try DeflateParameters.agreed([answer], isOffered: true) == accepted, "\(offer)")
    }

    /// Answers to our offer that are none.
    static let refused = [
        ["permessage-deflate; client_max_window_bits=12"], ["permessage-deflate; client_max_window_bits"],
        ["permessage-deflate; server_max_window_bits"], ["permessage-deflate; server_max_window_bits=16"],
        ["permessage-deflate; server_max_window_bits=7"], ["permessage-deflate; unknown"],
        ["permessage-deflate; server_no_context_takeover; server_no_context_takeover"],
        ["permessage-deflate; server_no_context_takeover=1"], ["permessage-bzip2"], ["permessage-deflate, x"],
        ["permessage-deflate, permessage-deflate"], ["permessage-deflate", "permessage-deflate"],
        ["permessage-deflate;"], ["permessage-deflate", ""],
    ]

    @Test(arguments: refused)
    func anAnswerThatIsNoneFails(_ fields: [String]) {
        #expect(throws: DeflateParameters.Refused.self) { try DeflateParameters.agreed(fields, isOffered: true) }
    }

    @Test func anAnswerSaysWhatTheServerDoes() throws {
        func agreed(_ answer: String) throws -> DeflateParameters? {
            try DeflateParameters.agreed([answer], isOffered: true)
        }
        #expect(try agreed("permessage-deflate") == DeflateParameters())
        #expect(try agreed("permessage-deflate; client_no_context_takeover") == DeflateParameters())
        // A server may say these unasked (RFC 7692 §7.1.1.1 and §7.1.2.1); a window of 256 bytes can be inflated.
        #expect(
            try agreed("permessage-deflate; server_max_window_bits=8; server_no_context_takeover")
                == DeflateParameters(serverWindowBits: 8, serverKeepsContext: false))
        #expect(try DeflateParameters.agreed([], isOffered: true) == nil)
        #expect(try DeflateParameters.agreed([""], isOffered: true) == nil)
    }

    @Test func whatWasNotOfferedIsNotAccepted() throws {
        #expect(try DeflateParameters.agreed([], isOffered: false) == nil)
        for answer in ["permessage-deflate", "x"] {
            #expect(throws: DeflateParameters.Refused.self) {
                try DeflateParameters.agreed([answer], isOffered: false)
            }
        }
    }

    @Test func aHeaderThatIsReadCanBeWritten() {
        var generator = TestSeed.current.generator(lane: 20)
        var mutator = Mutator(
            corpus: Self.lists.map { Array($0.fields.joined(separator: ",").utf8) }
                + Self.offers.map { Array($0.offer.utf8) }, seed: generator.next())
        for _ in 0..<OddBytesTests.runs {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            guard let list = try? WebSocketExtension.list([text]) else { continue }
            let written = list.map { offer in
                let parameters = offer.parameters.map { "; \($0.name)" + ($0.value.map { "=\($0)" } ?? "") }
                return offer.name + parameters.joined()
            }
            #expect((try? WebSocketExtension.list(written)) == list, "\(TestSeed.current): '\(text)'")
            if let answer = DeflateParameters.accepting(list)?.answer {
                #expect((try? DeflateParameters.agreed([answer], isOffered: true)) != nil, "\(TestSeed.current)")
            }
        }
    }
}
