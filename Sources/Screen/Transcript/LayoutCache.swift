/// The layouts of blocks in the view and near it, by the block's ID.
struct LayoutCache: Hashable, Sendable {
    /// Above so many lines, those out of sight are dropped.
    static let linesMaximum = 2_048

    private var layouts: [Int: BlockLayout] = [:]
    /// How many lines they have in all.
    private(set) var lines = 0

    /// How many blocks have a layout.
    var count: Int { layouts.count }

    /// The layout of a block; `nil` when it has none, or is to have none.
    subscript(id: Int) -> BlockLayout? {
        get { layouts[id] }
        set {
            let old = layouts.removeValue(forKey: id)
            lines += (newValue?.lines.count ?? 0) - (old?.lines.count ?? 0)
            layouts[id] = newValue
        }
    }

    /// Drops the layouts of other blocks than these when the bound is reached.
    mutating func keepWithinBounds(around near: Range<Int>) {
        guard lines > LayoutCache.linesMaximum else { return }
        layouts = layouts.filter { near.contains($0.key) }
        lines = layouts.values.reduce(0) { $0 + $1.lines.count }
    }
}
