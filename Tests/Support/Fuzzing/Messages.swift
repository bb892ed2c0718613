import NIOCore
import Wire

extension FuzzTarget {
    /// Readers of whole messages, of both sides.
    static let messages: [FuzzTarget] = [
        decoder("message", Message.self),
        decoder("error", RPCError.self),
        decoder("initialize-request", InitializeRequest.self),
        decoder("initialize-result", InitializeResult.self),
        FuzzTarget("client-request") { bytes throws(Oddity) in
            guard let json = parsed(bytes), case .request(_, let method, let params)? = try? Message(json: json),
                let request = try? ClientRequest(method: method, params: params)
            else { return }
            let written: JSON? =
                switch request {
                case .initialize(let initialize): initialize.json
                case .newSession(let new): new.json
                case .prompt(let prompt): prompt.json
                case .set(let session, let setting): setting.request(of: session.rawValue).params
                case .history(let history): history.json
                case .fill(let fill): fill.json
                case .fork(let fork): fork.json
                case .authenticate, .loadSession, .resumeSession, .listSessions, .closeSession, .deleteSession, .state,
                    .ping:
                    nil
                }
            guard let written else { return }
            try expect(
                (try? ClientRequest(method: method, params: written)) == request, "read again it is another request")
        },
        FuzzTarget("client-notice") { bytes throws(Oddity) in
            guard let json = parsed(bytes), case .notification(let method, let params)? = try? Message(json: json)
            else { return }
            _ = try? ClientNotice(method: method, params: params)
        },
        FuzzTarget("entry-notice") { bytes throws(Oddity) in
            guard let json = parsed(bytes), let notice = entryNotice(json) else { return }
            // The time of the last chunk travels with merged chunks alone.
            guard notice.entry.from != notice.entry.seq || notice.entry.lastTimestamp == notice.entry.timestamp else {
                return
            }
            let stamp: EncodedEntry.Stamp = notice.isReplay ? .replay : .live
            let frame = EncodedEntry(notice.entry).frame(session: notice.session, stamp: stamp)
            let again = frame.flatMap { parsed($0) }.flatMap { entryNotice($0) }
            try expect(again == notice, "read again it is another entry")
        },
    ]

    /// The entry that a notification brings.
    static func entryNotice(_ json: JSON) -> EntryNotice? {
        guard case .notification(let method, let params)? = try? Message(json: json) else { return nil }
        return try? EntryNotice(method: method, params: params)
    }
}
