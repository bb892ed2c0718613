import Testing
import Wire

@testable import Screen

/// Each time is shown with the offset of its own season.
@Suite struct TimeZoneTableTests {
    /// Milliseconds of a day.
    private static let day: Timestamp = 86_400_000

    /// A clock with summer time: an hour ahead from the 90th to the 300th day of each 365.
    private static func offset(_ time: Timestamp) -> Int {
        (90..<300).contains(time / day % 365) ? 7_200 : 3_600
    }

    @Test func everyTimeHasItsOwn() {
        let table = TimeZoneTable(0...20 * 365 * Self.day, offset: Self.offset)
        for day in stride(from: Timestamp(0), to: 20 * 365, by: 1) {
            let noon = day * Self.day + Self.day / 2
            #expect(table.offset(at: noon) == Self.offset(noon), "day \(day)")
        }
        // To the second.
        let change = 90 * Self.day
        #expect(table.offset(at: change) == 7_200 && table.offset(at: change - 1_000) == 3_600)
    }

    @Test func whatIsOutsideHasTheOffsetOfTheNearerEnd() {
        let table = TimeZoneTable(100 * Self.day...301 * Self.day, offset: Self.offset)
        #expect(table.offset(at: .min) == 7_200)
        #expect(table.offset(at: 0) == 7_200)
        #expect(table.offset(at: .max) == 3_600)
        #expect(TimeZoneTable().offset(at: 5) == 0)
        #expect(TimeZoneTable(offset: -60).offset(at: .max) == -60)
    }
}
