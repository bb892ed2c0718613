/// An extension as `Sec-WebSocket-Extensions` names it, with its parameters: an offer in a request, what was accepted in
/// a response (RFC 6455 §9.1).
struct WebSocketExtension: Hashable {
    /// A parameter, with a value or without.
    struct Parameter: Hashable {
        var name: String
        /// The value, of a quoted string what it stands for.
        var value: String?
    }

    /// The name of the header.
    static let header = "Sec-WebSocket-Extensions"

    /// Names are compared as they are written.
    var name: String
    /// In the order of the header; a name may be repeated.
    var parameters: [Parameter] = []

    /// The header is not of the form that RFC 6455 §9.1 requires, and the connection must fail.
    struct Malformed: Error {}

    /// Reads the header.
    ///
    /// - Parameter fields: The values of all fields with that name, which are one list (RFC 6455 §11.3.2). It may have
    ///   empty elements, as every list of HTTP (RFC 9110 §5.6.1).
    static func list(_ fields: [String]) throws(Malformed) -> [WebSocketExtension] {
        var extensions: [WebSocketExtension] = []
        for field in fields {
            var scanner = Scanner(field)
            repeat {
                if let name = scanner.token() {
                    extensions.append(WebSocketExtension(name: name, parameters: try parameters(&scanner)))
                }
            } while scanner.take(",")
            guard scanner.isAtEnd else { throw Malformed() }
        }
        return extensions
    }

    private static func parameters(_ scanner: inout Scanner) throws(Malformed) -> [Parameter] {
        var parameters: [Parameter] = []
        while scanner.take(";") {
            guard let name = scanner.token() else { throw Malformed() }
            var parameter = Parameter(name: name)
            if scanner.take("=") {
                guard let value = scanner.token() ?? scanner.quotedToken() else { throw Malformed() }
                parameter.value = value
            }
            parameters.append(parameter)
        }
        return parameters
    }
}

/// Takes a header's value apart; blanks may stand between any two parts.
private struct Scanner {
    private var rest: Substring.UTF8View

    init(_ text: String) { rest = Substring(text).utf8 }

    var isAtEnd: Bool {
        mutating get {
            skipBlanks()
            return rest.isEmpty
        }
    }

    private mutating func skipBlanks() { rest = rest.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") } }

    /// Takes a delimiter, if it is next.
    mutating func take(_ delimiter: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard rest.first == UInt8(ascii: delimiter) else { return false }
        rest.removeFirst()
        return true
    }

    /// Takes a token (RFC 9110 §5.6.2); `nil` when none is next.
    mutating func token() -> String? {
        skipBlanks()
        let token = rest.prefix(while: \.isTokenCharacter)
        guard !token.isEmpty else { return nil }
        rest = rest[token.endIndex...]
        return String(Substring(token))
    }

    /// Takes a quoted string that stands for a token, as each value has to; `nil` when none is next.
    mutating func quotedToken() -> String? {
        guard take("\"") else { return nil }
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return text.isEmpty ? nil : String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), escaped.isTokenCharacter else { return nil }
                text.append(escaped)
            default:
                guard byte.isTokenCharacter else { return nil }
                text.append(byte)
            }
        }
        return nil
    }
}

extension UInt8 {
    /// Whether a token may have the character (`tchar` of RFC 9110 §5.6.2).
    fileprivate var isTokenCharacter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(self)
        }
    }
}
