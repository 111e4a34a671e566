// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ChangeKind, ListedToken, Signature} from "../../../contracts/interfaces/IRoyaltySplit.sol";
import {HandlerEpochs} from "./HandlerEpochs.sol";

/// @title Governor, guardian, and strangers who would like to be one of them
abstract contract HandlerGovernance is HandlerEpochs {
    uint32 private constant SHORTEST_WINDOW = 1 days;
    bytes32 private constant GUARDIAN_CHANGE_TYPE =
        keccak256("GuardianChange(address guardian,uint32 attestorSet,uint256 nonce)");

    mapping(ChangeKind kind => bytes) private scheduledData;

    /// @notice A good change of any kind, by the governor.
    function schedule(uint256 seed) external watched {
        ChangeKind kind = ChangeKind(seed % 5);
        bytes memory data = _goodChange(kind, seed >> 8);
        address governor = vault.governor();
        bool done;
        if (kind == ChangeKind.Guardian) {
            address guardian = abi.decode(data, (address));
            bytes32 content = keccak256(
                abi.encode(GUARDIAN_CHANGE_TYPE, guardian, vault.attestorSet(), vault.guardianNonce())
            );
            Signature[] memory all = _signatures(_digest(content));
            assertTrue(
                !_try(governor, abi.encodeCall(vault.schedule, (kind, data))), "no guardian without a quorum"
            );
            done = _try(governor, abi.encodeCall(vault.scheduleGuardian, (guardian, all)));
            assertTrue(
                !_try(governor, abi.encodeCall(vault.scheduleGuardian, (guardian, all))), "nor by the same one twice"
            );
        } else {
            done = _try(governor, abi.encodeCall(vault.schedule, (kind, data)));
        }
        bool again = kind == ChangeKind.Tokens && vault.isListed(tokens[LATE]);
        assertEq(done, !again, "a good change is scheduled");
        if (done) scheduledData[kind] = data;
    }

    /// @notice What nobody can have.
    function scheduleBad(uint256 seed) external watched {
        address[] memory two = new address[](2);
        (two[0], two[1]) = (signers[0], signers[0]);
        ListedToken[] memory listed = new ListedToken[](1);
        listed[0] = ListedToken({token: tokens[seed % LATE], smallestLeaf: 1});
        bytes[7] memory all = [
            abi.encode(two, uint32(1)),
            abi.encode(signers, uint32(0)),
            abi.encode(signers, uint32(signers.length + 1)),
            abi.encode(SHORTEST_WINDOW - 1),
            abi.encode(uint32(30 days + 1)),
            abi.encode(listed),
            abi.encode(address(0))
        ];
        ChangeKind[7] memory kinds = [
            ChangeKind.Attestors,
            ChangeKind.Attestors,
            ChangeKind.Attestors,
            ChangeKind.Window,
            ChangeKind.Window,
            ChangeKind.Tokens,
            ChangeKind.Governor
        ];
        uint256 which = (seed >> 8) % 7;
        bool done = _try(vault.governor(), abi.encodeCall(vault.schedule, (kinds[which], all[which])));
        assertTrue(!done, "a bad change is refused when it is scheduled");
    }

    function cancel(uint256 seed) external watched {
        ChangeKind kind = ChangeKind(seed % 5);
        // Rare, or nothing would ever be executed.
        if ((seed >> 8) % 3 != 0) return;
        bool byGuardian = (seed >> 16) % 2 == 0;
        address by = byGuardian ? vault.guardian() : vault.governor();
        (bytes32 dataHash,) = vault.scheduled(kind);
        bool done = _try(by, abi.encodeCall(vault.cancel, (kind)));
        bool may = !byGuardian || kind != ChangeKind.Guardian || by == vault.governor();
        assertEq(done, dataHash != 0 && may, "cancelled by whoever may");
    }

    function execute(uint256 seed) external watched {
        ChangeKind kind = ChangeKind(seed % 5);
        (bytes32 dataHash, uint64 readyAt) = vault.scheduled(kind);
        // Mostly once it is time.
        if ((seed >> 8) % 4 != 0 && dataHash != 0 && block.timestamp < readyAt) vm.warp(readyAt);
        bool ready = dataHash != 0 && block.timestamp >= readyAt;
        bytes memory other = _goodChange(kind, seed >> 16);
        if (keccak256(other) != dataHash) {
            bool otherDone = _try(payer, abi.encodeCall(vault.execute, (kind, other)));
            assertTrue(!otherDone, "nothing is executed but what was scheduled");
        }
        bool done = _try(payer, abi.encodeCall(vault.execute, (kind, scheduledData[kind])));
        assertEq(done, ready, "executed exactly where ready");
        if (!done) return;
        // From here on those are the rules.
        rules = _rules();
        ++count["executed"];
    }

    function pause(uint32 duration, bool early) external watched {
        // Up to a day more than a pause may last.
        duration = duration % 8 days;
        address guardian = vault.guardian();
        bool rested = block.timestamp >= vault.restUntil();
        bool done = _try(guardian, abi.encodeCall(vault.pause, (duration)));
        assertEq(done, rested && duration != 0 && duration <= 7 days, "paused exactly where it may be");
        if (!done) return;
        ++count["paused"];
        (uint64 epoch,, uint64 readyAt) = vault.openProposal();
        bool running = epoch != 0 && readyAt > block.timestamp;
        if (!early) return;
        vm.warp(block.timestamp + duration / 3);
        assertTrue(_try(guardian, abi.encodeCall(vault.unpause, ())), "and ended early");
        (,, uint64 readyThen) = vault.openProposal();
        uint256 left = duration - duration / 3;
        assertEq(readyThen, running ? readyAt - left : readyAt, "the window's clock stood still meanwhile");
    }

    /// @notice Everything that belongs to a role, by somebody who has none.
    function strangers(uint256 seed) external watched {
        address[4] memory some =
            [payer, homeOf(0, 1), signers[seed % signers.length], accounts[(seed >> 8) % accounts.length]];
        address stranger = some[(seed >> 16) % 4];
        (uint64 epoch,,) = vault.openProposal();
        bytes[8] memory calls = [
            abi.encodeCall(vault.schedule, (ChangeKind.Window, abi.encode(SHORTEST_WINDOW))),
            abi.encodeCall(vault.scheduleGuardian, (stranger, new Signature[](0))),
            abi.encodeCall(vault.cancel, (ChangeKind((seed >> 24) % 5))),
            abi.encodeCall(vault.pause, (1)),
            abi.encodeCall(vault.unpause, ()),
            abi.encodeCall(vault.veto, (epoch, vault.attempt())),
            abi.encodeCall(vault.credit, (tokens[1], 1)),
            abi.encodeCall(vault.setRecipientSigned, (accounts[0], stranger, type(uint256).max, hex""))
        ];
        for (uint256 i = 0; i < calls.length; ++i) assertTrue(!_try(stranger, calls[i]), "not a stranger's");
    }

    // Inside

    function _goodChange(ChangeKind kind, uint256 seed) private view returns (bytes memory) {
        if (kind == ChangeKind.Attestors) {
            // All but one of them.
            address[] memory some = new address[](signers.length - 1);
            for (uint256 i = 0; i < some.length; ++i) some[i] = signers[(seed + i) % signers.length];
            return abi.encode(some, uint32(1 + (seed >> 8) % some.length));
        }
        if (kind == ChangeKind.Window) return abi.encode(uint32(SHORTEST_WINDOW + seed % 1 days));
        if (kind == ChangeKind.Tokens) {
            ListedToken[] memory listed = new ListedToken[](1);
            listed[0] = ListedToken({token: tokens[LATE], smallestLeaf: uint128(seed % 1e6)});
            return abi.encode(listed);
        }
        return abi.encode(address(uint160(0xA0000 + (kind == ChangeKind.Guardian ? 0 : 0x100) + seed % 3)));
    }
}
