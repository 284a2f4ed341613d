// A shop. @interface Ghost : NSObject is a word here.
#import <Foundation/Foundation.h>
#include "shop.h"
/*
#import "ghost.h"
*/
@import UIKit;

@protocol Payable;
@protocol Sellable <NSObject>
- (double)price;
@end

@interface Shop : NSObject <Sellable, Payable>
@property(nonatomic) int count;
+ (instancetype)shared;
- (void)sell:(NSString *)name to:(id)buyer;
@end

@interface Shop (Extras)
- (void)close;
@end

@implementation Shop
- (double)price {
  NSString* s = @"@interface Fake : NSObject";
  return 1;
}
@end

static int plain_c(int a) { return a; }
