public import Wire

/// What is kept of a token: never the token itself.
public struct TokenRecord: Hashable, Sendable {
    /// A short name to revoke it by.
    public var id: String
    /// SHA-256 of the token, 32 bytes.
    public var hash: [UInt8]
    /// Whose it is.
    public var principal: Principal
    /// When it was made.
    public var createdAt: Timestamp
    /// When it ends; `nil` when it does not.
    public var expiresAt: Timestamp?
    /// When it was revoked.
    public var revokedAt: Timestamp?

    /// A token's record.
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

    /// Why the token is not good at the time; `nil` when it is. A token is good from any address.
    public func refusal(at now: Timestamp) -> Refusal? {
        if revokedAt != nil {
            return Refusal(status: 401, reason: "token_revoked", message: "the token was revoked; ask for a new one")
        }
        if let expiresAt, now >= expiresAt {
            return Refusal(status: 401, reason: "token_expired", message: "the token has expired; ask for a new one")
        }
        return nil
    }
}

/// Where tokens are kept. Several programs may use one store at once.
public protocol TokenStore: Sendable {
    /// Keeps a new token's record.
    func add(_ token: TokenRecord) throws(StoreError)
    /// The record of the token with that hash.
    func token(hash: [UInt8]) throws(StoreError) -> TokenRecord?
    /// The records of these tokens; of all when `nil`.
    func tokens(_ ids: [String]?) throws(StoreError) -> [TokenRecord]
    /// Revokes a token.
    ///
    /// - Returns: Whether there is one of that name.
    func revoke(_ id: String, at: Timestamp) throws(StoreError) -> Bool
}
