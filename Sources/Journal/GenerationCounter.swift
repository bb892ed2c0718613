import Ledger
import Platform
import Wire

/// Issues numbers from a block that was reserved on the disk: a restart goes on behind the block, and not behind the last
/// number, so that to issue one costs no write.
///
/// The time served would not do. What is stored of it lags behind by a minute, and a server that was killed would issue
/// its last numbers once more.
final class GenerationCounter: Sendable {
    /// How many numbers are reserved at once. No process uses up that many, and two thousand million blocks fit 63 bits.
    static let blockSize: Int64 = 1 << 32

    /// The numbers that are left of the block.
    private let block = Locked<Range<Int64>>(0..<0)

    /// The next number.
    ///
    /// - Parameter reserve: Stores that another block is used, and returns its first number.
    func next(reserving reserve: () throws(StoreError) -> Int64) throws(StoreError) -> Generation {
        while true {
            let number: Int64? = block.withLock { block in
                guard let first = block.first else { return nil }
                block = first + 1..<block.upperBound
                return first
            }
            if let number { return Generation(rawValue: number) }
            let first = try reserve()
            block.withLock { block in
                // Two threads may have reserved one each. The numbers of the earlier block are given up when the later
                // one is in use, and the other way round: none goes back.
                guard block.isEmpty, first >= block.upperBound else { return }
                block = first..<first + GenerationCounter.blockSize
            }
        }
    }
}
