import Platform
public import Transport

/// Where the token of a connection comes from: the environment, a command, or the cache, in this order.
public struct TokenSource: Sendable {
    private let environment: String?
    private let command: String?
    private let cache: TokenCache
    private let patience: Duration

    /// A source.
    ///
    /// - Parameters:
    ///   - environment: The value of `BELAY_TOKEN`.
    ///   - command: `token_command` of the server.
    ///   - cache: The cache.
    ///   - patience: How long the command may take.
    public init(
        environment: String?, command: String?, cache: TokenCache, patience: Duration = .seconds(30)
    ) {
        self.environment = environment.flatMap { $0.isEmpty ? nil : $0 }
        self.command = command
        self.cache = cache
        self.patience = patience
    }

    /// The token for a server; asked for at each attempt, so that a new one is used as soon as it is there.
    ///
    /// - Throws: ``ClientError/helper(_:)`` when the command fails, which may be otherwise a moment later;
    ///   ``ClientError/token(_:)`` when there is something that can be no token.
    public func token(for endpoint: Endpoint) async throws(ClientError) -> String? {
        if let environment { return try TokenSource.checked(environment, "BELAY_TOKEN") }
        guard let command else { return try cache.token(for: endpoint) }
        let output: String
        do { output = try await ShellCommand.output(of: command, within: patience) } catch {
            throw .helper("token_command gave no token: \(error); run it by hand to see why")
        }
        guard let line = output.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).first, !line.isEmpty
        else {
            throw .helper("token_command printed nothing in its first line")
        }
        return try TokenSource.checked(String(line) ?? "", "the first line of token_command")
    }

    /// A token without the blanks and line ends that copying leaves around it. It stands in a header of HTTP, so it is
    /// made of visible ASCII characters (RFC 6750 §2.1).
    ///
    /// - Throws: ``ClientError/token(_:)``, naming where it came from and never the token.
    public static func checked(_ text: String, _ origin: String) throws(ClientError) -> String {
        func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
        let token = text.utf8.drop(while: isBlank).reversed().drop(while: isBlank).reversed().map(\.self)
        guard !token.isEmpty, token.count <= bytesMaximum, token.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .token("\(origin) holds no token: one is of letters, digits and marks, without blanks")
        }
        return String(decoding: token, as: UTF8.self)
    }

    /// The longest token, in bytes: it has to fit into the head of a request.
    public static let bytesMaximum = 4_096
}
