// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {ClaimRequest} from "./IRoyaltySplit.sol";

/// @notice A claim as its account signed it for the vault: see {IRoyaltySplit.claimSigned}.
/// @param to Where the money goes.
/// @param deadline The last second in which the signature counts.
/// @param signature Of the account: 65 bytes of ECDSA, or whatever its own contract takes (ERC-1271).
struct SignedClaim {
    ClaimRequest request;
    address to;
    uint256 deadline;
    bytes signature;
}

/// @title Brings many signed claims to the vault in one transaction, so that accounts without native coin are paid
/// @notice It has no owner, no state and no money, and nobody has to trust it: the vault checks every signature and pays
/// straight to whom it names. The vault knows nothing of it either; whoever sends claims pays for their gas, no more.
interface IClaimRelay {
    /// @notice The vault paid `amount` on a claim that was brought here.
    event Relayed(address indexed account, address indexed token, address indexed to, uint256 amount);
    /// @notice The vault refused a claim, or it took more gas than each may use. `reason` is the beginning of what the vault
    /// answered (its errors are in {IRoyaltySplit}); empty where the gas ran out.
    event NotRelayed(address indexed account, address indexed token, bytes reason);

    error NotAVault(address account);
    /// @notice Too little gas is left to try the next claim in earnest. Bring more, or fewer claims.
    error MoreGasNeeded(uint256 left, uint256 needed);

    /// @notice Brings each claim to the vault, in order, each with the same gas at most. One that is refused is passed over:
    /// it stands in the way of no other.
    /// @return amounts What each was paid; zero where it was refused.
    function claimSignedMany(SignedClaim[] calldata claims) external returns (uint256[] memory amounts);

    /// @notice The only contract that it ever calls.
    function vault() external view returns (address);
}
