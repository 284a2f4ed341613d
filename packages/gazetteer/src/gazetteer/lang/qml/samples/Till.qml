// SPDX-License-Identifier: MIT

// Counts coins.

pragma ComponentBehavior: Bound
import QtQuick 2.15
import org.kde.kirigami as Kirigami
import "parts" as Parts
import 'math.js' as Sums

/* The till. */
Kirigami.Page {
    id: root
    // How many.
    property int count: 3
    required property string title
    default property alias content: inner.data
    readonly property list<Coin> coins: [Coin { property int within: 1 }]
    property var later: ({ "a": "property int no: 1" })
    property Item shown: Item { property int deep }
    property bool open: count > 3
        && title.length
    signal paid(int amount, var coin)
    signal closed
    enum Kind { Gold, Silver = 2 }
    component Row: Rectangle { property int width2 }

    // Adds.
    function add(a: int, b): int {
        let x = { function: 1 }
        function not_listed() {}
        return Sums.add(a, b)
    }
    onPaid: { function hidden() {} }
    Connections { target: root; function onClosed() { add(1, 2) } }
    Parts.Drawer {
        Coin { property real worth: 1.5 }
        text: "Coin { property int no }"
    }
    states: [ State { name: "a" }, Transition {} ]
}
