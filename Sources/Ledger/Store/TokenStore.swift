public import Wire

/// What is stored of a token: its hash, never the token itself.
public struct TokenRecord: Hashable, Sendable {
    /// The ID by which it is listed and revoked.
    public var id: String
    /// SHA-256 of the token, 32 bytes.
    public var hash: [UInt8]
    /// The user that it signs in as.
    public var principal: Principal
    /// When it was created, in milliseconds since 1970.
    public var createdAt: Timestamp
    /// When it expires; `nil` for never.
    public var expiresAt: Timestamp?
    /// When it was revoked; `nil` for a token that was not.
    public var revokedAt: Timestamp?

    /// Creates the record of a token.
    public init(
        id: String, hash: [UInt8], principal: Principal, createdAt: Timestamp, expiresAt: Timestamp? = nil,
        revokedAt: Timestamp? = nil
    ) {
        self.id = id
        self.hash = hash
        self.principal = principal
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.revokedAt = revokedAt
    }

    /// Why the token is not valid at that time; `nil` when it is. A token is valid from any address.
    public func refusal(at now: Timestamp) -> Refusal? {
        if revokedAt != nil {
            return Refusal(
                .tokenRevoked, "the token was revoked: ask the server's operator for a new one")
        }
        if let expiresAt, now >= expiresAt {
            return Refusal(
                .tokenExpired, "the token has expired: ask the server's operator for a new one")
        }
        return nil
    }
}

/// The store of tokens. Several processes may use one store at once: `belayd token` runs beside `belayd serve`.
public protocol TokenStore: DeadlineClock {
    /// Stores the record of a new token.
    func add(_ token: TokenRecord, by deadline: Deadline) throws(StoreError)
    /// The record of the token with that SHA-256; `nil` for an unknown token.
    func token(hash: [UInt8], by deadline: Deadline) throws(StoreError) -> TokenRecord?
    /// The records of these tokens; of all when `nil`.
    func tokens(_ ids: [String]?, by deadline: Deadline) throws(StoreError) -> [TokenRecord]
    /// Revokes a token.
    ///
    /// - Returns: Whether there is one of that name.
    func revoke(_ id: String, at: Timestamp, by deadline: Deadline) throws(StoreError) -> Bool
    /// A number that changes when a token is revoked, by whatever process: as long as it is the same, no record that
    /// was read behind it has changed.
    ///
    /// A server asks for it twice a second, and at once when it hears of ``StoreNotice/tokensChanged``: another process
    /// that revokes a token may have no way to tell it.
    func revocations(by deadline: Deadline) throws(StoreError) -> Int64
}
