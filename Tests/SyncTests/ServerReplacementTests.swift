import Testing

@testable import Sync

/// Each state of ``ServerReplacement`` and what each event makes of it. This program is of version 1.0.
@Suite struct ServerReplacementTests {
    enum Stage: CaseIterable { case allowed, waiting, over }

    private static func replacement(_ stage: Stage) -> ServerReplacement {
        var replacement = ServerReplacement(isAllowed: stage != .over)
        if stage == .waiting { #expect(replacement.greeted(by: "0.9", ours: "1.0") == .older("0.9")) }
        return replacement
    }

    private static func state(_ stage: Stage) -> ServerReplacement.State {
        switch stage {
        case .allowed: .allowed
        case .waiting: .waiting("0.9")
        case .over: .over
        }
    }

    @Test(arguments: Stage.allCases) func isWhatItIsBuiltTo(_ stage: Stage) {
        #expect(Self.replacement(stage).state == Self.state(stage))
    }

    @Test(arguments: Stage.allCases) func anOlderServerIsToBeReplaced(_ stage: Stage) {
        var replacement = Self.replacement(stage)
        #expect(replacement.greeted(by: "0.8", ours: "1.0") == (stage == .over ? nil : .older("0.8")))
        #expect(replacement.state == (stage == .over ? .over : .waiting("0.8")))
    }

    @Test(arguments: Stage.allCases) func aNewerServerStays(_ stage: Stage) {
        var replacement = Self.replacement(stage)
        #expect(replacement.greeted(by: "1.1", ours: "1.0") == (stage == .over ? nil : .newer("1.1")))
        #expect(replacement.state == (stage == .over ? .over : .allowed))
    }

    @Test(arguments: [nil, "1", "1.0.0", "of our own"], Stage.allCases)
    func oneThatIsTheSameOrCannotBeComparedStays(version: String?, stage: Stage) {
        var replacement = Self.replacement(stage)
        #expect(replacement.greeted(by: version, ours: "1.0") == nil)
        #expect(replacement.state == (stage == .over ? .over : .allowed))
    }

    @Test(arguments: [Int64?.none, 0, 1], Stage.allCases)
    func itIsReplacedOnceWhenNothingWorksInIt(working: Int64?, stage: Stage) {
        var replacement = Self.replacement(stage)
        let isReplaced = stage == .waiting && working == 0
        #expect(replacement.next(working: working) == (isReplaced ? "0.9" : nil))
        #expect(replacement.state == (isReplaced ? .over : Self.state(stage)))
        if isReplaced {
            #expect(replacement.greeted(by: "0.9", ours: "1.0") == nil)
            #expect(replacement.next(working: 0) == nil)
        }
    }
}
