// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title A model's pay address
/// @notice Any plain transfer of a listed ERC-20 to it, or of native coin, is a payment for that model. It can do one
/// thing: release what it holds to the vault.
interface IModelAccount {
    /// @notice Native coin arrived by a plain send (fits into the 2,300 gas of a `transfer`).
    event NativeReceived(address indexed payer, uint256 amount);

    error OnlyVault(address caller);
    error NativeTransferFailed();

    /// @notice The only place that this account's money can go to.
    function vault() external view returns (address);

    /// @notice Sends the whole balance of `token` (the zero address: native coin) to the vault, and says how much that was.
    /// Vault only.
    function release(address token) external returns (uint256 amount);
}
