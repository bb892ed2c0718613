import SystemPackage
import TestKit
import Testing

@testable import Client

/// Why the file of tokens cannot be read: what passes is not taken for a missing token.
@Suite struct TokenFailureTests {
    private let cache = TokenCache(folder: "/state")

    @Test(arguments: [
        Errno.tooManyOpenFiles, .tooManyOpenFilesInSystem, .noMemory, .ioError, .interrupted, .staleNFSFileHandle,
        .resourceTemporarilyUnavailable, .timedOut, .noSpace,
    ])
    func whatPassesIsReadAgain(code: Errno) {
        guard case .helper(let message) = cache.failure(code) else {
            Issue.record("\(code) ends the client")
            return
        }
        #expect(message.contains("/state/tokens.toml") && message.contains("\(code)"))
    }

    @Test(arguments: [
        Errno.permissionDenied, .notPermitted, .tooManySymbolicLinkLevels, .fileTooLarge, .illegalByteSequence,
        .noSuchAddressOrDevice,
    ])
    func whatOnlyTheUserCanMendIsFinal(code: Errno) {
        guard case .token(let message) = cache.failure(code) else {
            Issue.record("\(code) is retried")
            return
        }
        #expect(message.contains("/state/tokens.toml"))
    }
}
