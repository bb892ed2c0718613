import NIOCore
import NIOSSL
import Platform
import Wire

/// Explains why a certificate is not trusted, so that the user can tell a captive portal from an unknown authority and
/// from an expired certificate.
///
/// TLS reports only that the chain could not be verified; so the certificate is fetched on a second connection, which
/// is closed during its handshake.
struct CertificateReport: Hashable, Sendable {
    /// The period in which the certificate is valid, in seconds since 1970.
    var validity: ClosedRange<Int64>
    /// The names that it is for, shortened for display.
    var names: [String]

    /// A time within the years that can be shown, 1970 to 9999.
    private static func shown(_ seconds: Int64) -> Int64 { min(max(0, seconds), 253_402_300_799) }
    /// The most names that are shown, and the longest of them, in bytes.
    private static let namesMaximum = (count: 3, bytes: 64)

    init(validity: ClosedRange<Int64>, names: [String]) {
        self.validity = validity
        self.names = names
    }

    init(_ certificate: NIOSSLCertificate) {
        let begin = CertificateReport.shown(Int64(certificate.notValidBefore))
        validity = begin...max(begin, CertificateReport.shown(Int64(certificate.notValidAfter)))
        let known = CertificateNames(certificate)
        let texts =
            known.names.map { String(decoding: $0, as: UTF8.self) }
            + known.addresses.filter { [4, 16].contains($0.count) }.map { HostIdentity.address($0).text }
        names = texts.filter { Name.isValid($0) && $0.utf8.count <= CertificateReport.namesMaximum.bytes }
            .prefix(CertificateReport.namesMaximum.count).map { $0 }
    }

    /// What is wrong with the certificate, and what to do.
    func sentence(at endpoint: Endpoint, isForHost: Bool, now: Timestamp) -> String {
        let seconds = now / 1_000
        let whose = names.isEmpty ? "" : " (for \(names.joined(separator: ", ")))"
        if seconds > validity.upperBound {
            return
                "the certificate of \(endpoint)\(whose) expired on \(day(validity.upperBound)): its operator must renew"
                + " it, unless this machine's clock is wrong"
        }
        if seconds < validity.lowerBound {
            return
                "the certificate of \(endpoint)\(whose) is valid from \(day(validity.lowerBound)) on: check this"
                + " machine's clock"
        }
        guard isForHost else {
            return "\(endpoint) shows a certificate for another name\(whose): a captive portal, or a wrong"
                + " address"
        }
        return
            "the certificate of \(endpoint)\(whose) is not trusted, since its authority is unknown to this"
            + " machine: a captive portal, a proxy that intercepts TLS, or an authority of your own, whose file you can"
            + " name as `certificates` in belay's configuration"
    }

    /// Fetches a server's certificate, on a connection that is closed during its handshake.
    ///
    /// - Returns: `nil` when it could not be fetched.
    static func look(_ request: Dialer.Request, on loop: any EventLoop) -> EventLoopFuture<NIOSSLCertificate?> {
        let seen = NIOLoopBoundBox.makeBoxSendingValue(NIOSSLCertificate?.none, eventLoop: loop)
        let ended = loop.makePromise(of: Void.self)
        let connected = loop.makeCompletedFuture {
            try Dialer.open(request, on: loop) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let handler = try NIOSSLClientHandler(
                        context: try ClientTLS.context(trusting: request.authorities),
                        serverHostname: request.serverName,
                        customVerificationCallback: { certificates, verified in
                            loop.execute { seen.value = certificates.first }
                            verified.succeed(.failed)
                        })
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        }.flatMap { $0 }
        let timeout = loop.scheduleTask(in: Dialer.timeout) { ended.succeed() }
        connected.whenComplete { result in
            switch result {
            case .success(let channel):
                channel.closeFuture.cascade(to: ended)
                ended.futureResult.whenComplete { _ in channel.close(promise: nil) }
            case .failure: ended.succeed()
            }
        }
        return ended.futureResult.map { seen.value }.always { _ in timeout.cancel() }
    }

    private func day(_ seconds: Int64) -> String { String(ISO8601.text(seconds * 1_000).prefix(10)) }
}
