import Platform
public import Transport

/// Where a connection's token comes from: the environment, `token_command`, or the cache, in this order.
public struct TokenSource: Sendable {
    private let environment: String?
    private let command: String?
    private let cache: TokenCache
    private let timeout: Duration

    /// Creates a source.
    ///
    /// - Parameters:
    ///   - environment: The value of `BELAY_TOKEN`; it takes precedence when not `nil`.
    ///   - command: `token_command` of the server's section.
    ///   - cache: The tokens of `belay login`.
    ///   - timeout: Time-out for the command.
    public init(
        environment: String?, command: String?, cache: TokenCache, timeout: Duration = .seconds(30)
    ) {
        self.environment = environment.flatMap { $0.isEmpty ? nil : $0 }
        self.command = command
        self.cache = cache
        self.timeout = timeout
    }

    /// Where the token comes from, in a few words.
    public var origin: String {
        if environment != nil { return "from BELAY_TOKEN" }
        return command == nil ? "from the token file" : "from token_command"
    }

    /// The token for a server. It is read for each attempt, so that a new token is used as soon as it exists.
    ///
    /// - Throws: ``ClientError/helper(_:)`` when the command or the disk fails, which is retried;
    ///   ``ClientError/token(_:)`` when the value cannot be a token.
    public func token(for endpoint: Endpoint) async throws(ClientError) -> String? {
        guard environment == nil, let command else { return try stored(for: endpoint) }
        let output: String
        do { output = try await ShellCommand.output(of: command, within: timeout) } catch {
            throw .helper("token_command gave no token: \(error); run it by hand to find out why")
        }
        guard let line = output.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).first, !line.isEmpty
        else {
            throw .helper("the first line that token_command printed is empty: run it by hand to find out why")
        }
        return try TokenSource.checked(String(line) ?? "", "the first line of token_command")
    }

    /// Whether there is certainly no token: neither the environment nor a command gives one, and none is stored.
    public func isMissing(for endpoint: Endpoint) throws(ClientError) -> Bool {
        if needsCommand { return false }
        return try stored(for: endpoint) == nil
    }

    /// Whether the token comes from a command.
    var needsCommand: Bool { environment == nil && command != nil }

    /// The token of the environment or of the cache, whether or not there is a command.
    ///
    /// - Throws: ``ClientError/helper(_:)`` when the disk fails; ``ClientError/token(_:)`` when the value cannot be a
    ///   token.
    func stored(for endpoint: Endpoint) throws(ClientError) -> String? {
        if let environment { return try TokenSource.checked(environment, "BELAY_TOKEN") }
        return try cache.token(for: endpoint)
    }

    /// Validates a token after removing the white space and newlines that copying leaves around it. It goes into an
    /// HTTP header, so it consists of visible ASCII characters (RFC 6750 §2.1).
    ///
    /// - Throws: ``ClientError/token(_:)``, naming the origin and never the token.
    public static func checked(_ text: String, _ origin: String) throws(ClientError) -> String {
        func isBlank(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0A, 0x0D].contains(byte) }
        let token = text.utf8.drop(while: isBlank).reversed().drop(while: isBlank).reversed().map(\.self)
        guard !token.isEmpty, token.count <= bytesMaximum, token.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .token("\(origin) is not a token: it must be 1 to \(bytesMaximum) visible ASCII characters")
        }
        return String(decoding: token, as: UTF8.self)
    }

    /// The longest token, in bytes: it has to fit into the head of the upgrade request.
    public static let bytesMaximum = 4_096
}
