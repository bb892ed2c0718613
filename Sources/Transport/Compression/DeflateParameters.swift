/// What the two sides of a connection have agreed on for permessage-deflate (RFC 7692 §7.1).
///
/// A client's messages are compressed one by one here (`client_no_context_takeover`), so only what concerns the server's
/// messages can differ.
public struct DeflateParameters: Hashable, Sendable {
    /// The name of the extension.
    static let name = "permessage-deflate"

    /// The largest window of the server's compressor that both agreed on, as a power of two, 8 to 15; 15 when `nil`.
    var serverWindowBits: Int?
    /// Whether a message of the server may refer to its earlier ones.
    var serverKeepsContext = true

    /// The smallest window that zlib's compressor supports for raw deflate streams; its decompressor has 8 as well.
    private static let compressorWindowBitsMinimum = 9

    // MARK: - The server

    /// Answers a client's offers: the first one that can be accepted is (RFC 7692 §5.1).
    ///
    /// An offer is declined when it has an unknown or a repeated parameter or an invalid value (§7.1), or asks for a
    /// window that zlib does not support.
    ///
    /// - Parameter offers: The extensions that the client offers, in order of preference.
    /// - Returns: `nil` when all are declined.
    static func accepting(_ offers: [WebSocketExtension]) -> DeflateParameters? {
        offers.lazy.compactMap { offer in
            guard offer.name == name, var parameters = DeflateParameters(offer, isOffer: true) else { return nil }
            if let bits = parameters.serverWindowBits {
                guard bits >= compressorWindowBitsMinimum else { return nil }
                parameters.serverWindowBits = min(bits, Deflater.windowBits)
            }
            return parameters
        }.first
    }

    /// The server's answer to the offer: parameters that the client asked for are confirmed, and it is always told to
    /// compress its messages one by one, so that the server keeps no window for it.
    var answer: String {
        var text = "\(DeflateParameters.name); client_no_context_takeover"
        if !serverKeepsContext { text += "; server_no_context_takeover" }
        if let serverWindowBits { text += "; server_max_window_bits=\(serverWindowBits)" }
        return text
    }

    // MARK: - The client

    /// What a client offers. A window has no size in it: a server may choose any, and a client has one connection to
    /// spend 32 KiB for. `client_max_window_bits` is left out, so that the server cannot ask for a smaller one.
    static let offer = "\(name); client_no_context_takeover"

    /// The server's answer is no answer to the offer, and the connection must fail (RFC 7692 §5.1 and §7.1).
    struct Refused: Error {}

    /// Reads the answer to ``offer``.
    ///
    /// - Parameters:
    ///   - fields: The values of all fields `Sec-WebSocket-Extensions` of the response.
    ///   - isOffered: Whether the extension was offered.
    /// - Returns: `nil` when it was declined.
    static func agreed(_ fields: [String], isOffered: Bool) throws(Refused) -> DeflateParameters? {
        // Only a request may have several of these fields (RFC 6455 §11.3.2).
        guard fields.count <= 1, let list = try? WebSocketExtension.list(fields) else { throw Refused() }
        guard let accepted = list.first else { return nil }
        guard isOffered, list.count == 1, accepted.name == name,
            let parameters = DeflateParameters(accepted, isOffer: false)
        else { throw Refused() }
        return parameters
    }

    // MARK: - Parameters

    init(serverWindowBits: Int? = nil, serverKeepsContext: Bool = true) {
        self.serverWindowBits = serverWindowBits
        self.serverKeepsContext = serverKeepsContext
    }

    /// Reads the parameters of an offer or of an answer; `nil` when one is unknown, repeated or invalid.
    ///
    /// - Parameter isOffer: In an offer `client_max_window_bits` needs no value; in an answer it is invalid, since it
    ///   was not offered (RFC 7692 §7.1.2.2).
    private init?(_ given: WebSocketExtension, isOffer: Bool) {
        guard Set(given.parameters.map(\.name)).count == given.parameters.count else { return nil }
        for parameter in given.parameters {
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", nil): serverKeepsContext = false
            case ("client_no_context_takeover", nil): break
            case ("server_max_window_bits", let value?):
                guard let bits = DeflateParameters.windowBits(value) else { return nil }
                serverWindowBits = bits
            case ("client_max_window_bits", let value):
                guard isOffer, value.map({ DeflateParameters.windowBits($0) != nil }) ?? true else { return nil }
            default: return nil
            }
        }
    }

    /// The size of a window: 8 to 15, without leading zeros (RFC 7692 §7.1.2).
    private static func windowBits(_ text: String) -> Int? { (8...15).first { "\($0)" == text } }
}
