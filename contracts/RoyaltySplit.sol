// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {VaultSettings} from "./interfaces/IRoyaltySplit.sol";
import {VaultBooks} from "./vault/VaultBooks.sol";
import {VaultGovernance} from "./vault/VaultGovernance.sol";
import {VaultPayouts} from "./vault/VaultPayouts.sol";

/// @title RoyaltySplit
/// @notice See {IRoyaltySplit}. Everything that the attestors sign is bounded by what arrived: a wrong root can give one
/// account another's share, which is what the window and the guardian are for, and never more than the token's credit.
/// @dev In four parts, in the order in which money moves: VaultBooks takes it in, VaultGovernance says who may decide,
/// VaultEpochs makes roots claimable, VaultPayouts (with `claimBatch` and `push`) pays.
contract RoyaltySplit is VaultPayouts {
    constructor(address registry_, address rail_, VaultSettings memory settings)
        EIP712("OpenSettle", "1")
        VaultBooks(registry_, rail_)
        VaultGovernance(
            settings.guardian, settings.governor, settings.attestors, settings.threshold, settings.window
        )
    {
        for (uint256 i = 0; i < settings.tokens.length; ++i) _list(settings.tokens[i]);
    }
}
