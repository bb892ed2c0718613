import NIOCore
import Testing
import Wire

/// `_belay/fill`: the request, its pages, and its cancellation.
@Suite struct FillTests {
    private func request(_ range: ClosedRange<Seq> = 5...90, pages: Int64 = 1) -> FillRequest {
        FillRequest(session: "s", epoch: "e", range: range, pages: pages)
    }

    private func entries(_ range: ClosedRange<Seq>) -> [Entry] {
        range.map { Entry(seq: $0, timestamp: 7, body: .event(.note("\($0)"))) }
    }

    @Test(arguments: [1, 2, 128] as [Int64]) func theRequestIsWhatItWas(pages: Int64) throws {
        let request = request(pages: pages)
        #expect(try FillRequest(json: request.json) == request)
        #expect((request.json["pages"] == nil) == (pages == 1), "a server of an earlier version does not know it")
    }

    @Test(arguments: [(-1, 1), (0, 1), (1, 1), (128, 128), (129, 128), (.max, 128)] as [(Int64, Int64)])
    func pagesAreClamped(asked: Int64, pages: Int64) {
        #expect(request(pages: asked).pages == pages)
    }

    @Test(arguments: [-1, 1.5, "2", true, [], [:]] as [JSON]) func aNumberOfPagesIsACount(pages: JSON) {
        let json: JSON = ["sessionId": "s", "epoch": "e", "from": 1, "to": 2, "pages": pages]
        #expect(throws: RPCError.self) { try FillRequest(json: json) }
    }

    @Test func pagesFollowOneAnotherUntilNothingIsLeft() throws {
        var request = request(1...9, pages: 3)
        for (range, isLast) in [(Seq(7)...9, false), (4...6, false), (2...3, true)] {
            let encoded = FillResult.encoded(
                entries(range).map(EncodedEntry.init), of: "s", answering: .string("f"), isLast: isLast)
            let message = try Message(json: JSON(parsing: encoded))
            let page: JSON
            switch message {
            case .notification(Method.filled, let params) where !isLast:
                #expect(params["requestId"] == "f")
                page = params
            case .response(.string("f"), let result) where isLast: page = result
            default:
                Issue.record("\(message)")
                return
            }
            #expect(try FillResult.entries(page, answering: request) == entries(range))
            #expect((request.remaining(before: range.lowerBound) == nil) == isLast)
            request = request.remaining(before: range.lowerBound) ?? request
        }
        #expect(request.range == 1...3, "all pages are used up")
        #expect(self.request(1...9, pages: 3).remaining(before: 1) == nil, "nothing is left")
    }

    @Test func aRequestOfAnyKindOfIDIsCancelled() throws {
        for (id, json) in [(RequestID.number(7), JSON.integer(7)), (.string("f"), "f")] {
            let notice = try ClientNotice(method: Method.cancelRequest, params: ["requestId": json])
            #expect(notice == .cancelRequest(id))
        }
        for params in [[:], ["requestId": true], ["requestId": [:]]] as [JSON] {
            #expect(throws: RPCError.self) { try ClientNotice(method: Method.cancelRequest, params: params) }
        }
    }
}
