// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

/// @title Creates contracts that name one another, at addresses that are known before
/// @notice Created by CREATE2 from its own code and its deployer alone, it has the same address on every chain. The k-th
/// contract that it creates is at the CREATE address of (launcher, k), whatever that contract's code and settings are.
interface ILauncher {
    event Launched(uint256 indexed number, address created);

    error OnlyDeployer(address caller);
    /// @notice The number was used, or is not the next one.
    error WrongNumber(uint256 given, uint256 next);
    /// @notice What was to be created reverted without a reason, or would have no code.
    error NothingCreated(uint256 number);

    /// @notice Creates contract `number`, which has to be the next one, from 1: so the same call, sent twice, creates once.
    /// What the constructor reverts with is passed on. Deployer only.
    /// @param initCode The creation code, and the constructor's encoded arguments.
    function launch(uint256 number, bytes calldata initCode) external returns (address created);

    /// @notice The only account that may launch.
    function deployer() external view returns (address);

    /// @notice How many contracts were created.
    function launched() external view returns (uint256);

    /// @notice keccak-256 of what contract `number` was created from, or zero: by it anybody can see that a contract is
    /// exactly what some source and some arguments make.
    function initCodeHash(uint256 number) external view returns (bytes32);
}
